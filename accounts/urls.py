"""Signing in and where one works. Only these pages of allauth are offered."""

from allauth.account import views as allauth_views
from django.urls import path

from accounts import views

urlpatterns = [
    path("sign-in/", allauth_views.login, name="account_login"),
    path("sign-out/", allauth_views.logout, name="account_logout"),
    path("password/", allauth_views.password_change, name="account_change_password"),
    path("language/", views.set_language, name="set-language"),
    path("signed-in/", views.signed_in, name="signed-in"),
    path("context/", views.working_context, name="working-context"),
]
