"""The pages of accounts."""

from django.urls import path

from kusei.base.accounts.views import keys, my, passkeys, registered, service, sign_in, tie, tie_card

app_name = "accounts"
urlpatterns = [
    path("sign-in", sign_in.sign_in, name="sign_in"),
    path("sign-in/code", sign_in.sign_in_code, name="sign_in_code"),
    path("sign-in/resume", sign_in.resume, name="resume"),
    path("sign-in/service", service.start, {"kind": "resident"}, name="service"),
    path("sign-in/service/back", service.back, {"kind": "resident"}, name="service_back"),
    path("sign-in/service/new", service.new, name="service_new"),
    path("office/sign-in/service", service.start, {"kind": "staff"}, name="staff_service"),
    path("office/sign-in/service/back", service.back, {"kind": "staff"}, name="staff_service_back"),
    path("signed-out", service.signed_out, name="signed_out"),
    path("account/keys", keys.keys, name="keys"),
    path("account/keys/passkey/options", passkeys.creation, name="passkey_creation"),
    path("account/keys/passkey", passkeys.register, name="passkey_register"),
    path("sign-in/passkey/options", passkeys.options, name="passkey_options"),
    path("sign-in/passkey", passkeys.sign_in, name="passkey_sign_in"),
    path("account/keys/service", keys.add_service, name="add_service"),
    path("office/identities", registered.registered, name="registered"),
    path("sign-out", sign_in.sign_out, name="sign_out"),
    path("office/sign-in", sign_in.staff_sign_in, name="staff_sign_in"),
    path("my", my.my_page, name="my_page"),
    path("my/facts", my.my_facts, name="facts"),
    path("my/who-looked", my.who_looked, name="who_looked"),
    path("my/tie", tie.tie, name="tie"),
    path("my/tie/letter", tie.tie_request, name="tie_request"),
    path("my/tie/card", tie_card.tie_card, name="tie_card"),
    path("my/tie/card/text", tie_card.text_to_sign, name="tie_card_text"),
]
