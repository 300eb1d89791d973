"""The upload cap. It cuts the connection while the body is still arriving, for anyone, on every URL."""

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler, StopUpload


class CappedUploadHandler(FileUploadHandler):
    """Stops an upload that is, or claims to be, larger than settings.MAX_BODY_BYTES.

    The CSRF check reads the whole body before any view or sign-in check runs, so the cap must sit here.
    """

    def handle_raw_input(self, input_data, META, content_length, boundary, encoding=None):
        self.received = 0
        if content_length > settings.MAX_BODY_BYTES:
            raise StopUpload(connection_reset=True)

    def receive_data_chunk(self, raw_data, start):
        self.received += len(raw_data)
        if self.received > settings.MAX_BODY_BYTES:
            raise StopUpload(connection_reset=True)
        return raw_data

    def file_complete(self, file_size):
        return None
