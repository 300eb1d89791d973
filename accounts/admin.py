"""Accounts, for administrators."""

from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, BaseUserCreationForm
from django.contrib.auth.models import Group
from django.utils.translation import gettext_lazy as _
from knox.models import AuthToken

from accounts.models import User, WardAssignment

admin.site.unregister([Group, EmailAddress, AuthToken])  # rights come with the role; the others nobody edits
admin.site.login = secure_admin_login(admin.site.login)  # one door: Django's own counts no wrong passwords


class NewUserForm(BaseUserCreationForm):
    class Meta:
        model = User
        fields = ("username", "full_name", "role")


class UserForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ("username", "full_name", "role", "is_active")


class WardAssignmentInline(admin.StackedInline):
    model = WardAssignment
    extra = 1
    autocomplete_fields = ()


@admin.register(User)
class UserAdmin(DjangoUserAdmin):
    form, add_form, change_password_form = UserForm, NewUserForm, AdminPasswordChangeForm
    list_display = ("username", "full_name", "role", "is_active")
    list_filter = ("role", "is_active")
    search_fields = ("username", "full_name")
    ordering = ("username",)
    filter_horizontal = ()
    fieldsets = ((None, {"fields": ("username", "full_name", "role", "is_active")}),)
    add_fieldsets = (
        (None, {"fields": ("username", "full_name", "role", "usable_password", "password1", "password2")}),
    )
    inlines = [WardAssignmentInline]

    def get_fieldsets(self, request, obj=None):
        if obj is None:
            fields = ("username", "full_name", "role", "password1", "password2")
            return ((None, {"fields": fields}),)
        return self.fieldsets


admin.site.site_header = admin.site.site_title = _("Giảm nghèo Hà Đông: administration")
