"""Every translation is complete and can take the place of the English text."""

import re
import string
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import polib
import pytest

ROOT = Path(__file__).resolve().parents[2]
POTS = sorted(ROOT.glob("*/i18n/*.pot"))
POS = sorted(ROOT.glob("*/i18n/*.po"))
LANGUAGES = sorted({path.stem for path in POS})

#: How Odoo counts in a language, as in the header of a translation.
PLURALS = {
    "de": "nplurals=2; plural=(n != 1);",
    "fr": "nplurals=2; plural=(n > 1);",
}

# "%(name)s", "%.2f" or "%%"; never "100 % of", where a blank follows the sign
PLACEHOLDER = re.compile(r"%(?:\(\w+\))?[-+#0]*\d*(?:\.\d+)?[a-zA-Z]|%%")
EXPRESSION = re.compile(r"\{\{.*?\}\}|\$\{.*?\}", re.DOTALL)
# attributes whose value a person reads
READ = {"alt", "aria-label", "data-tooltip", "help", "placeholder", "string", "title"}
# what French sets apart by a space that never breaks
LOOSE = re.compile(r"(?<=\S) (?=[:;?!»](?:[\s.,;)<]|$))|« |«(?=\w)|\d %(?=[\s.,;)]|$)")
CURLY = re.compile("[\u2018\u2019\u201c\u201d]")


def relative(path):
    """Return the path as it is shown in the name of a test."""
    return str(path.relative_to(ROOT))


def template_of(path):
    """Return the template that a translation belongs to."""
    return path.with_name(f"{path.parents[1].name}.pot")


class _Tags(HTMLParser):
    """Gather the tags of a text, with the attributes that nobody reads."""

    def __init__(self):
        super().__init__(convert_charrefs=False)
        self.found = []

    def handle_starttag(self, tag, attrs):
        kept = sorted((name, value) for name, value in attrs if name not in READ)
        self.found.append((tag, *kept))

    def handle_endtag(self, tag):
        self.found.append(f"/{tag}")


def tags(text):
    """Return how often each tag occurs.

    >>> tags('<i title="Go" class="x"/>') == tags('<i class="x" title="Los"/>')
    True
    """
    parser = _Tags()
    parser.feed(text)
    parser.close()
    return Counter(parser.found)


def is_xml(text):
    """Return whether the text may stand in a view."""
    try:
        ElementTree.fromstring(f"<t>{text}</t>")
    except ElementTree.ParseError:
        return False
    return True


def margins(text):
    """Return the blanks before and after a text."""
    bare = text.strip(string.whitespace)
    return text.partition(bare)[::2] if bare else (text, "")


#: What has to be equal in a text and in its translation, and what it is called.
EQUAL = {
    "placeholders": lambda text: Counter(PLACEHOLDER.findall(text)),
    "expressions": lambda text: Counter(EXPRESSION.findall(text)),
    "tags": tags,
    "blanks around it": margins,
    "number of lines": lambda text: text.count("\n"),
}


def flaws(entry):
    """Return what keeps a translation from taking the place of its text."""
    if not entry.msgstr:
        return ["not translated"]
    found = [
        f"other {name}"
        for name, value in EQUAL.items()
        if value(entry.msgid) != value(entry.msgstr)
    ]
    if entry.fuzzy:
        found.append("fuzzy")
    if is_xml(entry.msgid) and not is_xml(entry.msgstr):
        found.append("not well-formed")
    signs, others = (
        PLACEHOLDER.sub("", text).count("%") for text in (entry.msgid, entry.msgstr)
    )
    if PLACEHOLDER.search(entry.msgid) and signs != others:
        found.append("a percent sign that formatting would stumble over")
    return found


def key(entry):
    """Return what makes an entry the same in a template and in a translation."""
    return entry.msgctxt, entry.msgid


def test_each_addon_speaks_the_same_languages():
    wanted = {pot.with_name(f"{name}.po") for pot in POTS for name in LANGUAGES}
    assert LANGUAGES
    assert sorted(wanted) == POS


@pytest.mark.parametrize("path", POS, ids=relative)
def test_complete(path):
    entries = polib.pofile(str(path))
    template = polib.pofile(str(template_of(path)))
    assert not [entry.msgid for entry in entries.obsolete_entries()]
    assert sorted(map(repr, map(key, entries))) == sorted(map(repr, map(key, template)))


@pytest.mark.parametrize("path", [*POTS, *POS], ids=relative)
def test_sorted_and_wrapped(path):
    """A new export differs only where a text does."""
    entries = polib.pofile(str(path))
    entries.sort(key=lambda entry: entry.msgid)
    assert str(entries) == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", POS, ids=relative)
def test_each_text_can_be_replaced(path):
    found = [(entry.msgid, flaws(entry)) for entry in polib.pofile(str(path))]
    assert not [(text, why) for text, why in found if why]


@pytest.mark.parametrize("path", POS, ids=relative)
def test_header(path):
    content = path.read_text(encoding="utf-8")
    entries = polib.pofile(str(path))
    template = polib.pofile(str(template_of(path)))
    given = entries.metadata
    assert given["Language"] == path.stem
    assert given["Plural-Forms"] == PLURALS[path.stem]
    assert given["Content-Type"] == "text/plain; charset=UTF-8"
    assert given["Content-Transfer-Encoding"] == "8bit"
    assert given["Project-Id-Version"] == template.metadata["Project-Id-Version"]
    assert not entries.metadata_is_fuzzy
    # no names and no addresses of people
    assert given["Last-Translator"] == given["Language-Team"] == ""
    assert not re.search(r"[\w.]+@[\w-]+\.\w+", content)


@pytest.mark.parametrize(
    "path", [path for path in POS if path.stem == "fr"], ids=relative
)
def test_french_typography(path):
    texts = [entry.msgstr for entry in polib.pofile(str(path))]
    plain = [text for text in texts if "<" not in text and "#v16" not in text]
    assert not [text for text in plain if LOOSE.search(text)]
    assert not [text for text in texts if CURLY.search(text)]


@pytest.mark.parametrize("path", POS, ids=relative)
def test_texts_of_one_meaning_are_alike(path):
    """One English text has one translation, in whatever add-on it stands."""
    others = {}
    for other in POS:
        if other.stem == path.stem:
            for entry in polib.pofile(str(other)):
                others.setdefault(key(entry), set()).add(entry.msgstr)
    mine = map(key, polib.pofile(str(path)))
    assert not [others[name] for name in mine if len(others[name]) > 1]


@pytest.mark.parametrize(
    ("text", "translation", "flaw"),
    [
        ("Send", "", "not translated"),
        ("%(a)s of %(b)s", "%(a)s von %(c)s", "other placeholders"),
        ("%s %% left", "%s % übrig", "other placeholders"),
        ("%s of it", "%s, 100 % davon", "a percent sign that formatting would"),
        ("{{ object.name }}: a", "{{ object.nom }} : a", "other expressions"),
        ("<b>one</b>", "<i>eins</i>", "other tags"),
        ('<i class="x"/>', '<i class="y"/>', "other tags"),
        (" from %s", "ab %s", "other blanks around it"),
        ("one\ntwo", "eins zwei", "other number of lines"),
        ("this and that", "dies & das", "not well-formed"),
    ],
)
def test_flaws_are_found(text, translation, flaw):
    found = flaws(polib.POEntry(msgid=text, msgstr=translation))
    assert any(each.startswith(flaw) for each in found)


@pytest.mark.parametrize(
    ("text", "translation"),
    [
        ("A discount is at most 100 % of it.", "Une remise va jusqu'à 100\u00a0%."),
        ("%(a)s of %(b)s: %(n)g %%", "%(b)s : %(a)s, soit %(n)g\u00a0%%"),
        ('<i title="Go" class="x"/>', '<i title="Los" class="x"/>'),
        (" a %s ", " un %s "),
    ],
)
def test_good_translations_have_no_flaw(text, translation):
    assert not flaws(polib.POEntry(msgid=text, msgstr=translation))


@pytest.mark.parametrize(
    "text", ["Quoi ?", "Ceci : cela", "« Oui »", "100 % du tout", "un ; deux"]
)
def test_loose_spaces_are_found(text):
    assert LOOSE.search(text)
    tight = text.replace("« ", "«\u00a0")
    assert not LOOSE.search(re.sub(r" (?=[:;?!»%])", "\u00a0", tight))


@pytest.mark.parametrize("pot", POTS, ids=relative)
def test_open_is_what_one_does(pot):
    """“Open” is said of buttons only: other languages have another word for a state."""
    buttons = {
        "model_terms:ir.ui.view,arch_db:project_invoice_tracker."
        "project_billing_health_view_form",
        "model_terms:ir.ui.view,arch_db:project_invoice_tracker."
        "project_billing_journal_view_list",
    }
    found = {
        place
        for entry in polib.pofile(str(pot))
        if entry.msgid == "Open"
        for place, _line in entry.occurrences
    }
    assert found <= buttons
