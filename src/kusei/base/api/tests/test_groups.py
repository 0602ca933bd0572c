"""A form with a group of questions, filled in by a program: an array of objects, their files sent before."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from kusei.base.decide.models import Case
from kusei.base.demo.applying import picture

pytestmark = pytest.mark.django_db
APPLY = "/api/procedures/food_business/apply"
SITE = {
    "name": "見本食堂", "address": "吾妻橋一丁目1番1号", "kinds": ["restaurant"], "matter": "new", "manager": "見本　料子",
    "qualification": "cook",
}  # fmt: skip
ANSWERS = {"whom": "self", "name": "荒川　桃", "phone": "0300000001", "agreement": ["true"]}


def upload(program, draft: str, question: str = "sites"):
    file = SimpleUploadedFile("plan.jpg", picture("plan").read(), content_type="image/jpeg")
    return program.browser.post(f"/api/drafts/{draft}/files/{question}", {"file": file})


def test_several_sites_are_an_array_of_objects(program):
    schema = program("GET", APPLY).json()["schema"]["properties"]["sites"]
    assert (schema["type"], schema["items"]["properties"]["kinds"]["type"]) == ("array", "array")
    draft = program("POST", f"{APPLY}/drafts", {"answers": ANSWERS}).json()
    sent = [upload(program, draft["id"]) for _site in range(2)]
    assert [answer.status_code for answer in sent] == [201, 201]
    files = [file["attachment"] for file in sent[-1].json()["files"]]
    sites = [SITE | {"drawings": [files[0]]}, SITE | {"name": "見本酒場", "drawings": [files[1]]}]
    kept = program("PATCH", f"/api/drafts/{draft['id']}", {"answers": {"sites": sites}}).json()
    assert kept["lacking"] == []
    ids = [site["id"] for site in kept["answers"]["sites"]]
    again = [site | {"id": id} for site, id in zip(sites, ids, strict=True)]
    kept = program("PATCH", f"/api/drafts/{draft['id']}", {"answers": {"sites": again[::-1]}}).json()
    assert [site["id"] for site in kept["answers"]["sites"]] == ids[::-1]
    assert program("POST", f"/api/drafts/{draft['id']}/submission").status_code == 201
    assert [site["name"] for site in Case.objects.get().answers["sites"]] == ["見本酒場", "見本食堂"]
    assert len(Case.objects.get().files) == 2


@pytest.mark.parametrize(
    ("site", "pointer"),
    [
        (SITE | {"name": " ", "drawings": None}, "/answers/sites/0/name"),
        (SITE | {"kinds": ["bank"]}, "/answers/sites/0/kinds/0"),
        (SITE | {"opens_on": "2026-02-30"}, "/answers/sites/0/opens_on"),
        (SITE | {"drawings": ["01890000-0000-7000-8000-000000000000"]}, "/answers/sites/0/drawings"),
        (SITE | {"more": 1}, "/answers/sites/0"),
        (SITE | {"drawings": "x"}, "/answers/sites/0/drawings"),
    ],
)
def test_what_does_not_hold_is_told_of_at_its_place(program, site, pointer):
    draft = program("POST", f"{APPLY}/drafts", {}).json()["id"]
    file = upload(program, draft).json()["files"][0]["attachment"]
    drawings = site.get("drawings") or [file]
    answer = program("PATCH", f"/api/drafts/{draft}", {"answers": {"sites": [site | {"drawings": drawings}]}})
    assert (answer.status_code, pointer in [error["pointer"] for error in answer.json()["errors"]]) == (422, True)


def test_a_file_of_somebody_else_s_draft_is_none_and_too_many_sites_are_refused(program, person_with_token):
    mine = program("POST", f"{APPLY}/drafts", {}).json()["id"]
    other = person_with_token
    theirs = other("POST", f"{APPLY}/drafts", {}).json()["id"]
    file = upload(other, theirs).json()["files"][0]["attachment"]
    answer = program("PATCH", f"/api/drafts/{mine}", {"answers": {"sites": [SITE | {"drawings": [file]}]}})
    assert answer.status_code == 422
    many = program("PATCH", f"/api/drafts/{mine}", {"answers": {"sites": [SITE | {"drawings": [file]}] * 11}})
    assert many.status_code == 422
    assert upload(program, mine, "phone").status_code == 404
    assert program("PATCH", f"/api/drafts/{mine}", {"answers": {"whom": file}}).status_code == 422
