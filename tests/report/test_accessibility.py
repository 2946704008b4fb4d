"""The pages in a real browser: axe finds nothing, the keyboard reaches everything."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sim.report.briefing.pages import briefing
from sim.report.charts.map_charts import MOVING_MAP
from tests.helpers.synthetic_run import RUN_SCENARIOS, RunScenario, make_run

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
axe = pytest.importorskip(
    "axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed"
)
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)

pytestmark = [
    pytest.mark.full,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]
SIZES = {"desktop": (1200, 900), "phone": (360, 740)}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        # The sandbox needs rights that a container does not give; the pages are our own.
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def pages(drawn_run: Path, run_with_studies: Path) -> dict[str, Path]:
    return {
        "minister": drawn_run / "briefing.html",
        "director": drawn_run / "briefing-director.html",
        "researcher": drawn_run / "briefing-researcher.html",
        "studies": run_with_studies / "briefing-director.html",
        "map": drawn_run / "charts" / f"{MOVING_MAP}.html",
    }


def opened(browser: Any, path: Path, size: str) -> Any:
    wide, high = SIZES[size]
    page = browser.new_page(viewport={"width": wide, "height": high})
    page.goto(path.as_uri())
    return page


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", ["minister", "director", "researcher", "studies", "map"])
def test_axe_finds_no_violation_and_nothing_sticks_out(browser, pages, name, size):
    page = opened(browser, pages[name], size)
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    result = axe.Axe().run(page)
    assert len(result.response["passes"]) > 10
    violations = [(v["id"], v["nodes"][0]["html"][:200]) for v in result.response["violations"]]
    assert not violations
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0]
    page.close()


def test_a_keyboard_reaches_and_opens_everything(browser, pages):
    page = opened(browser, pages["researcher"], "desktop")
    reachable = page.evaluate("document.querySelectorAll('a, summary, [tabindex=\"0\"]').length")
    focused = []
    for _ in range(reachable):
        page.keyboard.press("Tab")
        focused.append(page.evaluate("document.activeElement.outerHTML.slice(0, 80)"))
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid", focused[-1]
    assert "Skip to the answer" in focused[0]
    assert sum(text.startswith("<summary") for text in focused) >= 6
    page.evaluate("document.querySelector('summary').focus()")
    page.keyboard.press("Enter")
    assert page.evaluate("document.querySelector('details').open")
    page.close()


def test_the_slider_moves_by_keyboard_and_tells_what_it_shows(browser, pages):
    page = opened(browser, pages["map"], "desktop")
    page.focus("#when")
    before = page.inner_text("#told")
    page.keyboard.press("ArrowRight")
    after = page.inner_text("#told")
    assert before.startswith("January 2016")
    assert after.startswith("April 2016")
    assert page.get_attribute("#when", "aria-valuetext") == "April 2016"
    page.focus("#play")
    page.keyboard.press("Enter")
    assert page.inner_text("#play") == "Pause"
    page.close()


def test_a_phone_gets_the_narrow_drawings(browser, pages):
    page = opened(browser, pages["minister"], "phone")
    ratio = page.evaluate("(i => i.naturalHeight / i.naturalWidth)(document.querySelector('img'))")
    assert ratio > 0.8
    page.close()


LONG = "A title of somebody's own scenario that goes on and on " * 6


@pytest.mark.parametrize("scenarios", [1, 2, 4, 10])
def test_the_short_pages_keep_to_their_sides_with_the_picture_in_the_first_screen(
    browser, tmp_path, scenarios
):
    more = {f"another-option-with-a-name-{k}": RunScenario(0.04, 0.4 * k) for k in range(6)}
    chosen = dict(list((RUN_SCENARIOS | more).items())[:scenarios])
    run = make_run(tmp_path / "run", chosen, replications=10, title=LONG)
    for audience, sides in (("minister", 1), ("director", 2)):
        page = opened(browser, briefing(run, audience), "desktop")
        box = page.evaluate(
            "(i => i.getBoundingClientRect().toJSON())(document.querySelector('img'))"
        )
        assert 0 < box["top"] < box["bottom"] <= SIZES["desktop"][1]
        printed = page.pdf(prefer_css_page_size=True)
        assert len(re.findall(rb"/Type\s*/Page\b", printed)) == sides, audience
        page.close()


def test_findings_of_studies_follow_the_sides_of_a_short_page(browser, run_with_studies):
    for audience, name in (("minister", "briefing"), ("director", "briefing-director")):
        page = opened(browser, run_with_studies / f"{name}.html", "desktop")
        page.emulate_media(media="print")
        assert (
            page.evaluate("getComputedStyle(document.querySelector('.studies')).breakBefore")
            == "page"
        ), audience
        page.close()
