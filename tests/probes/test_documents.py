from datetime import date

import pytest

from fixtures.probes.documents import (
    Contact,
    Named,
    contact_sections,
    contacts,
    missing,
    named,
    not_reconfirmed,
    overdue,
    placeholders,
    review_dates,
)

RUNBOOK = """# Operating

## Contacts

| Role | Name | Phone | E-mail |
|---|---|---|---|
| Primary | Mira Oduya, lead | +1-202-555-0123 | primary@a.example |
| Secondary | [Name] | [Phone] | [Email] |
| Escalation | Tarek Solvang | 555-0191 | security@a.example |

### By chat

See [the channel](https://chat.example) - [x] checked.

## Every day

Run `npm run db:verify`, `npm test`, `node scripts/healthCheck.js` and
`npx hardhat run scripts/pause-all.js --network x`.
Look into `pages/api/`, `Backend server/` and https://x.example/scripts/not-ours.js.
"""


def test_commands_files_and_folders_are_found():
    text = RUNBOOK + 'node "Backend server/tests/sign.js"\nnode Backend\\ server/verify.js\n'
    assert named(text) == Named(
        frozenset({"db:verify", "test"}),
        frozenset(
            {
                "scripts/healthCheck.js",
                "scripts/pause-all.js",
                "Backend server/tests/sign.js",
                "Backend server/verify.js",
            }
        ),
        frozenset({"pages/api/", "Backend server/"}),
    )


def test_what_does_not_exist_is_listed():
    wanted = Named(frozenset({"a", "b"}), frozenset({"scripts/x.js"}), frozenset({"pages/api/"}))

    assert missing(wanted, ["a"], ["scripts/y.js", "pages/apis/z.js"]) == [
        "npm run b",
        "scripts/x.js",
        "pages/api/",
    ]
    assert not missing(wanted, ["a", "b"], ["scripts/x.js", "pages/api/z.js"])


def test_contact_sections_hold_their_subsections_and_nothing_else():
    (section,) = contact_sections(RUNBOOK)
    assert "Mira" in section
    assert "the channel" in section
    assert "db:verify" not in section


def test_placeholders_are_told_from_links_and_boxes():
    (section,) = contact_sections(RUNBOOK)
    assert placeholders(section) == ["[Name]", "[Phone]", "[Email]"]
    assert placeholders("TBD, +1-XXX-XXX-XXXX, <your name>") == ["TBD", "XXX", "XXX", "XXXX",
                                                                "<your name>"]  # fmt: skip


def test_contacts_are_read_from_a_table():
    found = contacts(contact_sections(RUNBOOK)[0])

    assert found["primary"] == Contact(
        "primary", "Mira Oduya lead", "+1-202-555-0123", "primary@a.example"
    )
    assert found["secondary"].lacks == ["name", "phone", "email"]
    assert found["escalation"].lacks == ["phone"]


@pytest.mark.parametrize(
    "line",
    [
        "- **Primary Contact**: Mira Oduya - +1-202-555-0123 - primary@a.example",
        "* Primary: Mira Oduya, +1 (202) 555 0123, <primary@a.example>",
    ],
)
def test_contacts_are_read_from_a_list(line):
    assert contacts(line)["primary"].lacks == []


def test_review_dates_are_judged_against_today():
    dates = {"a.md": review_dates("**Next Review**: 2026-01-01"), "b.md": review_dates("none")}

    assert dates == {"a.md": [date(2026, 1, 1)], "b.md": []}
    assert overdue(dates, date(2025, 12, 31)) == []
    assert overdue(dates, date(2026, 1, 1)) == ["a.md: the next review was due on 2026-01-01"]


def test_a_document_is_changed_or_reconfirmed():
    assert not_reconfirmed(["a", "b", "c"], ["a", "z"], ["b"]) == ["c"]
