"""Promises of policy files: the built-in one is complete, a short one is enough, every slip is named with its line."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from pydantic import BaseModel

from makegood.config.policy_file import BUILT_IN, PolicyError, built_in, load, parse
from makegood.config.toml_lines import lines_of
from makegood.errors import UserError
from schemas.decisions import Cause
from schemas.policy import Policy

DEFAULT = Path(__file__).parents[2] / "makegood" / "config" / "policy.toml"
LANGUAGES = ["en", "de", "fr", "es", "it", "pt", "nl", "pl", "tr", "ja", "el", "uk", "hy"]
INTENTS = ["cancel", "leave", "competitor", "discount", "security", "ignored"]


def told(text: str) -> list[str]:
    with pytest.raises(PolicyError) as caught:
        parse(text, "acme.toml")
    return [str(problem) for problem in caught.value.problems]


def test_the_built_in_policy_spells_out_every_setting():
    data = tomllib.loads(DEFAULT.read_text("utf-8"))
    unspoken = list(_unspoken(Policy, data, ""))
    assert not unspoken, f"makegood/config/policy.toml lacks {', '.join(unspoken)}: give each its default, and a comment for people"


def _unspoken(model: type[BaseModel], data: dict, above: str):
    for name, field in model.model_fields.items():
        if name not in data:
            yield f"{above}{name}"
        elif isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _unspoken(field.annotation, data[name], f"{above}{name}.")


def test_the_built_in_policy_agrees_with_the_defaults_of_the_model():
    lists_of_words = {"steps", "phrases"}
    assert built_in().model_dump(exclude=lists_of_words) == Policy(version=built_in().version).model_dump(exclude=lists_of_words)


def test_every_table_of_the_built_in_policy_has_a_comment_above_it():
    lines = DEFAULT.read_text("utf-8").split("\n")
    sections = [n for n, line in enumerate(lines) if line.startswith("[") and not line.startswith("[[")]
    assert [lines[n] for n in sections if not lines[n - 1].startswith("#")] == []


@pytest.mark.parametrize("cause", list(Cause))
def test_every_cause_has_a_step_for_high_impact_customers_and_one_for_the_others(cause):
    assert [step.hic for step in built_in().steps if step.cause is cause] == [True, None]


def test_no_step_for_a_high_impact_customer_is_an_automatic_offer():
    for step in built_in().steps:
        if step.hic:
            assert not {"send a voucher", "send an offer", "automatic reply"} & set(step.say.lower().split(". "))
    leaving = next(s for s in built_in().steps if s.hic and s.cause is Cause.WANTS_TO_LEAVE)
    assert "no automatic offer" in leaving.say.lower()


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_phrases_for_every_intent_in_lower_case_and_none_twice(language):
    phrases = next(p for p in built_in().phrases if p.language == language)
    for intent in [*INTENTS, "negations"]:
        found = getattr(phrases, intent)
        assert len(found) >= 4, intent
        # lower() turns a Turkish dotless capital wrong, but leaves lower case alone
        assert [p for p in found if p != p.lower()] == []
        assert len(set(found)) == len(found)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_phrase_is_the_beginning_of_another_of_its_intent(language):
    phrases = next(p for p in built_in().phrases if p.language == language)
    for intent in INTENTS:
        found = getattr(phrases, intent)
        assert [(a, b) for a in found for b in found if a != b and b.startswith(a)] == []


def test_without_a_file_the_built_in_policy_holds():
    assert load(None) is built_in()
    assert load(DEFAULT) == built_in()


def test_what_a_file_leaves_out_comes_from_the_built_in_policy():
    policy = parse('version = "acme-1"\n[weights]\ntier = { A = 40 }\n[churn.silence]\nleast_purchase_days = 8\n', "acme.toml")
    assert policy.weights.tier["A"] == 40
    assert policy.weights.tier["B"] == built_in().weights.tier["B"]
    assert policy.churn.silence.least_purchase_days == 8
    assert policy.churn.ticket_burst == built_in().churn.ticket_burst
    assert policy.phrases == built_in().phrases


def test_a_list_replaces_the_whole_list():
    policy = parse('version = "acme-1"\n[[owners]]\nowner = "concierge"\n', "acme.toml")
    assert [owner.owner for owner in policy.owners] == ["concierge"]


def test_the_version_is_never_taken_from_the_built_in_policy():
    assert told("[tiers]\n") == ["line 1: version is missing"]


def test_a_misspelt_setting_is_named_with_its_line_and_the_nearest_right_one():
    assert told('version = "x"\n\n[tiers]\n# better\npercentile_hihg = 97\n') == [
        "line 5: tiers.percentile_hihg is not a setting here; did you mean percentile_high?"
    ]


def test_a_misspelt_table_is_named_too():
    assert told('version = "x"\n[tires]\npercentile_high = 97\n') == ["line 2: tires is not a setting here; did you mean tiers?"]


def test_an_unknown_setting_without_a_neighbour_lists_what_may_stand_there():
    assert told('version = "x"\n[enriched]\nvip = true\n') == ["line 3: enriched.vip is not a setting here; settings here are send"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[targets]\nhic = 48", "line 3: targets.hic must be 24 or less, not 48"),
        ("[targets]\nhic = 0", "line 3: targets.hic must be more than 0, not 0"),
        ("[tiers]\nleast_population = 0", "line 3: tiers.least_population must be 1 or more, not 0"),
        ("[tiers]\npercentile_high = 100", "line 3: tiers.percentile_high must be less than 100, not 100"),
        ('[tiers]\npercentile_high = "95"', "line 3: tiers.percentile_high must be a number, without quotes"),
        ("[tiers]\nleast_population = 2.5", "line 3: tiers.least_population must be a whole number"),
        ("[tiers]\nbusiness_high = nan", "line 3: tiers.business_high must be a finite number"),
        ('[high_impact]\ntop_business = "yes"', "line 3: high_impact.top_business must be true or false"),
        ("[routes]\nP1 = 1", 'line 3: routes.P1 must be text in quotes, such as "1"'),
        ('[routes]\nP1 = ""', "line 3: routes.P1 must not be empty"),
        ("tiers = 3", "line 2: tiers must be a table"),
        ("[triggers]\ntiers = 3", "line 3: triggers.tiers must be a list in square brackets"),
        ('[triggers]\ntiers = [\n  "A",\n  "D",\n]', 'line 5: triggers.tiers[2] must be one of "A", "B", "C", "unknown", not "D"'),
        ("[weights]\ntier = { A = 30, Z = 1 }", 'line 3: weights.tier.Z must be one of "A", "B", "C", "unknown", not "Z"'),
        ("[churn]\nraise_at.watch = 2", "line 3: churn.raise_at.watch must be 1 or less, not 2"),
        ("[churn]\nraise_at = { watch = 0.9 }", "line 2: churn is not right: raise_at must rise from watch over warning to critical"),
        ("[tiers]\npercentile_middle = 96", "line 2: tiers is not right: percentile_middle must be less than percentile_high"),
        ("owners = []", "line 1: is not right: the last of the owners must name a team or person without conditions"),
        ("[identity]\nlearn_from_facts = 2026-01-01", "line 3: identity.learn_from_facts must be true or false"),
    ],
)
def test_each_kind_of_slip_says_what_is_allowed(text, problem):
    assert told(f'version = "x"\n{text}\n')[0].startswith(problem)


def test_a_misspelt_cause_in_the_second_of_several_tables_is_found_there():
    text = 'version = "x"\n[[steps]]\ncause = "bad_service"\nsay = "Call."\n\n[[steps]]\ncause = "late_delivry"\nsay = "Call."\n'
    assert told(text)[0].startswith('line 7: steps[2].cause must be one of "poor_survey", "bad_service", "late_delivery", ')
    assert told(text)[0].endswith('not "late_delivry"; did you mean late_delivery?')


def test_a_cause_in_words_is_refused_with_the_slugs_that_there_are():
    (found,) = told('version = "x"\n[[steps]]\ncause = "poor survey"\nsay = "Call."\n')
    assert found.startswith('line 3: steps[1].cause must be one of "poor_survey", ')
    assert found.endswith('not "poor survey"; did you mean poor_survey?')


def test_all_slips_are_told_at_once_in_the_order_of_the_file():
    found = told('version = "x"\ncurrency = 3\n[targets]\nhic = 48\nvip = 1\n[churn.silence]\nrarer_than = 2\n')
    assert [line.split(" ")[1] for line in found] == ["2:", "4:", "5:", "7:"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('version = "x"\nfoo bar\n', "line 2: is not TOML at column 5: expected '=' after a key in a key/value pair"),
        ('version = "x"\n[tiers\n', "line 2: is not TOML at column 7: expected ']' at the end of a table declaration"),
        ('version = "x', "line 1: is not TOML at the end of the file: unterminated string"),
    ],
)
def test_broken_toml_is_told_with_line_and_column(text, problem):
    assert told(text) == [problem]


def test_the_error_names_the_file_and_reads_well(tmp_path):
    file = tmp_path / "acme.toml"
    file.write_text('version = "x"\n[targets]\nhic = 48\nvip = 1\n')
    with pytest.raises(UserError) as caught:
        load(file)
    assert str(caught.value).splitlines()[0] == f"{file} has 2 problems:"


def test_a_file_that_is_not_there_or_not_text_is_a_clear_error(tmp_path):
    with pytest.raises(UserError, match="cannot be read: no such file or directory"):
        load(tmp_path / "none.toml")
    (tmp_path / "latin.toml").write_bytes('version = "x"\ncurrency = "£"\n'.encode("latin-1"))
    with pytest.raises(PolicyError, match="line 2: is not UTF-8"):
        load(tmp_path / "latin.toml")


def test_the_built_in_policy_survives_the_wire_unchanged():
    assert Policy.model_validate_json(built_in().model_dump_json()) == built_in()
    assert BUILT_IN


def test_lines_are_found_for_tables_keys_items_and_inline_tables():
    text = (
        "# top\n"  # 1
        'a = "x # not a comment"\n'  # 2
        "b.c = [1,\n"  # 3
        "  2, # two\n"  # 4
        "]\n"  # 5
        "[t.u]\n"  # 6
        'k = """\n'  # 7
        "[not a header]\n"  # 8
        '"""\n'  # 9
        "l = { m = 1, n = { o = 'p' } }\n"  # 10
        "[[r]]\n"  # 11
        "x = 1\n"  # 12
        "[[r]]\n"  # 13
        '"quoted key" = 2\n'  # 14
        "[r.sub]\n"  # 15
        "y = 3\n"  # 16
    )
    tomllib.loads(text)
    found = lines_of(text)
    expected = {
        ("a",): 2,
        ("b", "c"): 3,
        ("b", "c", 0): 3,
        ("b", "c", 1): 4,
        ("t", "u"): 6,
        ("t", "u", "k"): 7,
        ("t", "u", "l", "n", "o"): 10,
        ("r", 0, "x"): 12,
        ("r", 1): 13,
        ("r", 1, "quoted key"): 14,
        ("r", 1, "sub", "y"): 16,
    }
    assert {path: found.get(path) for path in expected} == expected


def test_every_key_of_the_built_in_policy_has_the_line_on_which_it_stands():
    text = DEFAULT.read_text("utf-8")
    found, lines = lines_of(text), text.split("\n")
    for path, line in found.items():
        if isinstance(path[-1], str):
            assert path[-1] in lines[line - 1]
