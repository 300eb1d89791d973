"""What the browser tests stand on: the real engine, our fonts and icons, the accessibility rules, the content policy."""

import pytest


def test_the_sign_in_page_is_accessible_and_needs_nothing_from_outside(page, axe, live_server):
    asked = []
    page.on("request", lambda request: asked.append(request.url))

    page.goto("/sign-in/")
    page.wait_for_load_state("networkidle")

    assert [url for url in asked if not url.startswith((live_server.url, "data:"))] == []
    axe(page)


def test_vietnamese_is_set_in_our_own_font(page):
    page.goto("/sign-in/")

    loaded = page.evaluate("document.fonts.load('500 15px \"Inter Variable\"', 'Hộ cận nghèo, Đồng Mai ₫')")

    assert loaded is not None
    assert page.evaluate("document.fonts.check('500 15px \"Inter Variable\"', 'Hộ cận nghèo, Đồng Mai ₫')")


def test_axe_finds_what_is_wrong(page, axe):
    page.goto("/sign-in/")
    page.evaluate("document.body.append(document.createElement('input'))")

    with pytest.raises(AssertionError, match="critical label"):
        axe(page)


def test_the_content_policy_stops_an_inline_script(page, context):
    page.goto("/sign-in/")
    with page.expect_console_message(lambda message: "Content Security Policy" in message.text):
        page.evaluate("""() => {
            const script = document.createElement('script');
            script.textContent = 'window.planted = true';
            document.body.append(script);
        }""")

    assert page.evaluate("window.planted") is None
    context.complaints.clear()
