import re

import pytest
import yaml

from catalogs import sites
from hlaska.errors import PlaybookError
from hlaska.kinds import KINDS
from hlaska.playbooks import ready
from serving.picture import playbooks

ALL = [
    pytest.param(book, id=f"{site} {name}")
    for site, shelf in playbooks.load().items()
    for name, book in shelf.items()
]
LIFE_SAFETY = sorted({kind.playbook for kind in KINDS.values() if kind.life_safety})


def translated(book):
    """All words of a playbook that a dispatcher reads."""
    yield book.title
    for step in book.steps:
        yield from (step.do, step.who, step.confirmed_by)


def test_there_are_playbooks_to_check():
    assert len(ALL) >= len(playbooks.NAMES) > 5
    assert "gas-leak" in LIFE_SAFETY


@pytest.mark.parametrize("site", sites.names())
def test_every_kind_that_names_a_playbook_has_one_at_every_site(site):
    books = playbooks.for_site(site)
    named = {kind.playbook for kind in KINDS.values()} - {""}
    assert named == books.keys()
    assert all(book.name == name for name, book in books.items())


def test_every_site_with_playbooks_of_its_own_is_there():
    assert playbooks.load().keys() - {playbooks.EVERYWHERE} <= set(sites.names())


def test_a_sites_own_playbook_takes_the_place_of_the_general_one():
    pilsen, bilbao = playbooks.for_site("pilsen"), playbooks.for_site("bilbao")
    assert pilsen["gas-leak"] != bilbao["gas-leak"]
    assert pilsen["source"] == bilbao["source"]


def test_a_site_that_has_none_of_its_own_follows_the_general_ones():
    assert playbooks.for_site("nowhere") == playbooks.load()[playbooks.EVERYWHERE]


def test_what_one_caller_does_with_the_playbooks_is_not_seen_by_another():
    playbooks.for_site("pilsen").clear()
    assert playbooks.for_site("pilsen")


@pytest.mark.parametrize("book", ALL)
def test_the_languages_say_different_words(book):
    for words in translated(book):
        assert words.en != words.cs
        assert words.en == words.en.strip() and words.cs == words.cs.strip()


@pytest.mark.parametrize("book", ALL)
def test_what_to_do_is_short_and_a_sentence_in_both_languages(book):
    for step in book.steps:
        for text in (step.do.en, step.do.cs):
            assert len(text) <= 140
            assert text[-1] in ".?" and text[0].isupper()


@pytest.mark.parametrize("book", ALL)
def test_where_lives_are_in_danger_there_is_more_to_do_and_help_is_called_in_time(book):
    if book.name not in LIFE_SAFETY:
        assert 3 <= len(book.steps) <= 12
        return
    assert 5 <= len(book.steps) <= 12
    call = next(step for step in book.steps if step.id == "call")
    assert "112" in call.key
    assert call.within_s <= 60
    assert not call.after


@pytest.mark.parametrize("book", ALL)
def test_a_playbook_says_that_it_is_an_example(book):
    assert book.source.startswith("Example")


def test_the_general_playbooks_name_no_number_of_one_country():
    for book in playbooks.load()[playbooks.EVERYWHERE].values():
        assert {step.key for step in book.steps} <= {"", "112"}


def test_ammonia_in_pilsen_is_worked_off_in_an_order_that_can_be_followed():
    book = playbooks.for_site("pilsen")["gas-leak"]
    after = {step.id: set(step.after) for step in book.steps}
    assert after.keys() > {"valve", "works-pa", "water-curtain", "traffic", "gates", "drone"}
    # Which way to send people, and where to put the curtain, is known from the wind only.
    for step in ("works-pa", "water-curtain", "traffic", "gates"):
        assert "wind" in after[step]
    assert "gates" in after["evacuate"]
    assert {"call", "wind"} <= set(ready(book, ()))
    done: list[str] = []
    while can_be_done := ready(book, done):
        done.extend(can_be_done)
    assert done[-1] == "clear"


def general(**changes):
    """The text of a right file, with changes to its first playbook."""
    raw = yaml.safe_load(playbooks.PATH.read_text(encoding="utf-8"))["general"]
    raw[0].update(changes)
    return raw


class Dumper(yaml.SafeDumper):
    """Writes out what stands twice, as aliases are refused."""

    def ignore_aliases(self, data):
        return True


def written(tmp_path, **content):
    path = tmp_path / "playbooks.yaml"
    path.write_text(
        yaml.dump(content, Dumper=Dumper, allow_unicode=True, width=1000), encoding="utf-8"
    )
    return path


def test_a_file_without_sites_holds_for_every_site(tmp_path):
    assert playbooks.load(written(tmp_path, general=general())).keys() == {"*"}


def step(name, *after, **changes):
    words = {"en": "Do it.", "cs": "Udělejte to."}
    whole = {"id": name, "do": words, "who": words, "confirmed_by": words, "within_s": 60}
    return whole | {"after": list(after)} | changes


@pytest.mark.parametrize(
    ("changes", "key", "told", "where"),
    [
        pytest.param(
            {"steps": [step("one", "two"), step("two", "one")]},
            "general[0].steps[0].id",
            "step 'one' comes after 'two', which is no earlier step",
            "id: one",
            id="a circle",
        ),
        pytest.param(
            {"steps": [step("one"), step("two", "three")]},
            "general[0].steps[1].id",
            "step 'two' comes after 'three', which is no earlier step; earlier: one",
            "id: two",
            id="after an unknown step",
        ),
        pytest.param(
            {"steps": [step("one"), step("two"), step("one", within_s=90)]},
            "general[0].steps[2].id",
            "step named twice: one",
            None,
            id="an id twice",
        ),
        pytest.param(
            {"steps": [step("one", do={"en": "Look."})]},
            "general[0].steps[0].do.cs",
            "is missing; add it",
            None,
            id="a language is missing",
        ),
        pytest.param(
            {"steps": [step("one", withn_s=60)]},
            "general[0].steps[0].withn_s",
            "no key 'withn_s'; did you mean 'within_s'? Known: after, confirmed_by,",
            "withn_s: 60",
            id="an unknown key",
        ),
        pytest.param(
            {"steps": []},
            "general[0].steps",
            "at least 1 item",
            "steps: []",
            id="no steps",
        ),
        pytest.param(
            {"name": "atack"},
            "general[0].name",
            "no playbook 'atack'; did you mean 'attack'?",
            "name: atack",
            id="a playbook that no kind names",
        ),
        pytest.param(
            {"source": ""},
            "general[0].source",
            "at least 1 character",
            "source: ''",
            id="no source",
        ),
    ],
)
def test_a_mistake_is_told_with_file_line_and_key(tmp_path, changes, key, told, where):
    path = written(tmp_path, general=general(**changes))
    with pytest.raises(PlaybookError) as caught:
        playbooks.load(path)
    (line,) = str(caught.value).splitlines()
    found = re.fullmatch(rf"{re.escape(str(path))}, line (\d+), (\S+): (.*)", line)
    assert found and found[2] == key
    assert told in found[3]
    if where:
        assert where in path.read_text(encoding="utf-8").splitlines()[int(found[1]) - 1]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        pytest.param(
            {"general": general()[1:]},
            ", general: no playbook attack, which kinds of events name; add it",
            id="a general one is missing",
        ),
        pytest.param(
            {"general": [*general(), general()[0]]},
            ", general[11].name: playbook 'attack' stands twice; delete one",
            id="a general one twice",
        ),
        pytest.param(
            {"general": general(), "sites": {"pilsen": [general(name="gas")[0]]}},
            ", sites.pilsen[0].name: no playbook 'gas'; did you mean 'glass'?",
            id="an unknown one at a site",
        ),
        pytest.param(
            {"general": general(), "sites": {"pilsen": [general(titel={})[0]]}},
            ", sites.pilsen[0].titel: no key 'titel'; did you mean 'title'?",
            id="an unknown key at a site",
        ),
        pytest.param(
            {"general": general(), "sites": {"Plzeň": general()}},
            ", sites.Plzeň: String should match pattern",
            id="a site that can have no such name",
        ),
        pytest.param({}, ", line 1, general: is missing; add it", id="nothing"),
    ],
)
def test_a_library_that_does_not_fit_the_kinds_is_refused(tmp_path, content, told):
    with pytest.raises(PlaybookError, match=re.escape(told)) as caught:
        playbooks.load(written(tmp_path, **content))
    assert len(str(caught.value).splitlines()) == 1


def test_a_file_that_is_not_there_is_told_with_its_path(tmp_path):
    with pytest.raises(PlaybookError, match=r"none\.yaml: No such file"):
        playbooks.load(tmp_path / "none.yaml")


def test_hostile_yaml_is_refused(tmp_path):
    path = tmp_path / "playbooks.yaml"
    path.write_text("general: !!python/object/apply:os.system [ls]\n")
    with pytest.raises(PlaybookError, match=r"line 1: tags \(!\) are not allowed"):
        playbooks.load(path)
