"""HTML of mail to text: what is readable stays readable (and catalogue D: what is hidden or hostile does not)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.ingest.flags import Flags
from tasks.ingest.html_text import to_text


def read(source):
    flags = Flags()
    return to_text(source, flags), set(flags.listed())


READABLE = [
    ("<p>One</p><p>Two</p>", "One\n\nTwo"),
    ("<div>One</div><div><br></div><div>Two<br></div><div>Three</div>", "One\n\nTwo\nThree"),
    ("One<br>Two<br/><BR>Three", "One\nTwo\n\nThree"),
    ("  a \n  b\t c&nbsp;d ", "a b c d"),
    ("<b>bo</b>ld <i>and</i> <u>under</u>", "bold and under"),
    ("<ul><li>one<li>two<ul><li>deep</ul><li>three</ul>after", "- one\n- two\n  - deep\n- three\n\nafter"),
    ("<ol><li>x</li><li>y</li></ol>", "1. x\n2. y"),
    ("<table><tr><th>Item<th>Price<tr><td>Tea<td>R 20</table>", "Item | Price\nTea | R 20"),
    ("<table><tr><td><table><tr><td>in</td></tr></table></td></tr></table>out", "in\n\nout"),
    ('<a href="https://example.com/a">our page</a>', "our page <https://example.com/a>"),
    ('<a href="https://www.example.com/">www.example.com</a>', "www.example.com"),
    ('<a href="mailto:a@example.org?subject=x">write</a>', "write <a@example.org>"),
    ('<a href="mailto:a@example.org">a@example.org</a>', "a@example.org"),
    ('<a href="#top">top</a> <a>bare</a>', "top bare"),
    (f'<a href="https://t.example/{"x" * 300}">click</a>', "click"),
    ('<a href="javascript:alert(1)">click</a>', "click"),
    ("<blockquote type=cite>said<br>before</blockquote>now", "> said\n> before\n\nnow"),
    ("<blockquote>a<blockquote>b</blockquote></blockquote>", "> a\n>\n> > b"),
    ('<blockquote style="margin:0 0 0 40px;border:none;padding:0px">indented</blockquote>', "indented"),
    ("<pre>a  b\n   c</pre>", "a  b\n   c"),
    ("a<hr>b", "a\n---\nb"),
    ("5 < 6 and 7 > 3 & x", "5 < 6 and 7 > 3 & x"),
    ("&lt;tag&gt; &eacute; &#233; &#xe9; &copy;", "<tag> é é é ©"),
    ("<p title='a > b'>shown</p>", "shown"),
    ('<img src="a.gif alt="x>text<a href="https://b.example">link</a>', "textlink <https://b.example>"),
    ("<p>unclosed <b>bold<p>next", "unclosed bold\n\nnext"),
    ("<title>unclosed<p>body", "unclosed\n\nbody"),
    ("مرحبا <b>بك</b> ሰላም", "مرحبا بك ሰላም"),
    (
        "<p class=MsoNormal>One<p class=MsoNormal>Two<p class=MsoNormal><o:p>&nbsp;</o:p></p><p>Three",
        "One\nTwo\n\nThree",
    ),
    ('<p style="margin-top:0;margin-bottom:0">One</p><p style="margin: 0cm">Two</p>', "One\nTwo"),
    ("reply<div style='border:none;border-top:solid #E1E1E1 1.0pt'>From: x</div>", "reply\n\nFrom: x"),
    ('<p style="margin: 1em">One</p><p>Two</p>', "One\n\nTwo"),
    ("", ""),
]


@pytest.mark.parametrize(("source", "text"), READABLE)
def test_what_a_reader_sees_is_kept(source, text):
    assert read(source)[0] == text


NOT_TEXT = [
    "<script>SECRET</script>",
    "<SCRIPT type=x>a<b>SECRET</b></SCRIPT >",
    "<style>p{content:'SECRET'}</style>",
    "<noscript>SECRET</noscript>",
    "<template><p>SECRET</template>",
    "<title>SECRET</title>",
    "<svg onload=x><text>SECRET</text></svg>",
    "<!-- SECRET -->",
    "<!--[if mso]><p>SECRET</p><![endif]-->",
    "<![CDATA[SECRET]]>",
    "<!DOCTYPE SECRET>",
    "<?xml SECRET?>",
    '<p onclick="SECRET" data-x="SECRET">',
    "<script>SECRET",
    "<!-- SECRET",
    "<textarea>SECRET</textarea>",
    "<object><p>SECRET</object>",
    "<img src='data:image/png;base64,SECRET'>",
    "</SECRET>",
]


@pytest.mark.parametrize("source", NOT_TEXT)
def test_d4_d7_what_is_no_text_stays_out(source):
    text, _ = read(f"<p>before</p>{source}<p>after</p>")
    assert "SECRET" not in text
    assert text.startswith("before")


HIDING = [
    "display:none",
    "DISPLAY : NONE !important",
    "visibility:hidden",
    "font-size:0",
    "font-size:0px",
    "font-size:1px",
    "opacity:0",
    "mso-hide:all",
    "max-height:0;overflow:hidden",
    "text-indent:-9999px",
    "position:absolute;left:-5000px",
    "color:transparent",
    "color:#ffffff",
    "color:white;background:#fff",
    "background-color:#123456;color:#123456",
    "color:rgb(255,255,255)",
]


@pytest.mark.parametrize("style", HIDING)
def test_d5_hidden_text_is_dropped_and_flagged(style):
    text, flags = read(f'seen <span style="{style}">SECRET <b>deep</b></span> also')
    assert text == "seen also"
    assert "hidden_text" in flags


@pytest.mark.parametrize(
    "source",
    [
        "<p hidden>SECRET</p>seen",
        "<style>.x{display:none}</style><p class='a x'>SECRET</p>seen",
        "<style>#y , p.z{font-size:0px;}</style><p id=y>SECRET</p><p class=z>SECRET</p>seen",
        "<font color=white>SECRET</font>seen",
        "<table bgcolor=#112233><tr><td><font color='#112233'>SECRET</font></table>seen",
    ],
)
def test_d5_hiding_by_class_attribute_and_colour(source):
    text, flags = read(source)
    assert text == "seen"
    assert "hidden_text" in flags


SHOWN = [
    '<td bgcolor="#000000"><font color="#ffffff">text</font>',
    '<td style="background:url(x.png)"><span style="color:#fff">text</span>',
    '<table background="x.gif"><tr><td><font color=white>text</font></table>',
    "<style>@media print{.x{display:none}}</style><p class=x>text",
    "<style>.head{background:#000}</style><div class=head><font color=#fff>text</font></div>",
    '<p style="font-size:10px;line-height:0">text',
    '<p style="height:0">text',
    '<p style="margin-left:-20px">text',
    '<p style="opacity:0.9">text',
    '<p class="display:none">text',
    "<font color=3D#663399><td bgcolor=3D#CC>text",
]


@pytest.mark.parametrize("source", SHOWN)
def test_near_misses_of_hiding_are_shown(source):
    text, flags = read(source)
    assert text == "text"
    assert "hidden_text" not in flags


def test_d5_labels_and_alternative_texts_are_dropped_and_flagged():
    for source in ('<img alt="SECRET" src=x>seen', '<a aria-label="SECRET" href=x>seen</a>'):
        text, flags = read(source)
        assert (text, "image_text" in flags) == ("seen", True)
    assert "image_text" not in read('<img alt="" src=x>seen')[1]


@pytest.mark.parametrize(
    "source",
    [
        "alice&#64;example.org",
        "al<b></b>ice@exam<!-- x -->ple.org",
        "alice&commat;example.org",
        "a&#108;ice&#x40;example.org",
    ],
)
def test_d6_split_addresses_are_joined(source):
    assert read(source)[0] == "alice@example.org"


HOSTILE = {
    "D1 comments": "<!--" * 20_000,
    "D2 open tags": "<a" * 20_000,
    "D3 nesting": "<div>" * 50_000 + "core",
    "D3 attributes": "<p " + " ".join(f"a{n}=1" for n in range(400_000)) + ">core",
    "quotes": '<a "' * 100_000 + ">",
    "quoted ends": '<a">"' * 100_000,
    "ends": "</p>" * 100_000,
    "ends in a scope": "<p><td>" + "<b class=x>" * 200 + "</p>" * 100_000,
    "tables": "<table><tr><td>" * 20_000,
    "unclosed titles": "<title>" * 100_000,
    "unclosed script": "<script>" + "</script " * 100_000,
    "references": "&#" + "9" * 5_000 + ";" + "&" * 100_000,
    "bare": "<" * 100_000,
    "sheets": "<style>" + "a{" * 100_000 + "</style>",
    "declarations": f'<p style="{"a:b;" * 3_000}">core',
    "a data URI": f'<img src="data:image/png;base64,{"A" * 4_000_000}">core',
}


@pytest.mark.parametrize("source", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.timeout(20)  # each takes well below a second; a quadratic reader takes minutes
def test_d1_d2_d3_hostile_html_ends(source):
    text, _ = read(source)
    assert len(text) <= len(source)


def test_d3_depth_is_capped_and_the_core_is_read():
    text, flags = read(HOSTILE["D3 nesting"])
    assert text == "core"
    assert "html_capped" in flags
    assert "html_capped" not in read("<div>" * 200 + "core")[1]


@given(st.text(alphabet="<>/!-\"'= &;#abptdlih1 \n", max_size=400))
def test_any_soup_gives_text_without_tags_that_were_closed(soup):
    text, _ = read(soup)
    assert "\r" not in text
    assert len(text) <= 4 * len(soup) + 10


@given(st.lists(st.text(alphabet="abc xyz", min_size=1, max_size=20).filter(str.strip), min_size=1, max_size=8))
def test_paragraphs_come_out_in_order(paragraphs):
    expected = "\n\n".join(" ".join(one.split()) for one in paragraphs)
    assert (
        "\n\n".join(
            " ".join(one.split()) for one in read("".join(f"<p>{one}</p>" for one in paragraphs))[0].split("\n\n")
        )
        == expected
    )
