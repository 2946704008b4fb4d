"""The explorer in a real browser: axe, keyboard alone, figures read back, the same sums twice."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.report.explorer.explorer_page import NAME, WITH_STUDIES
from sim.report.explorer.reweighting import View, reweigh, weights_of
from tests.helpers.cited_pages import Traced, check_figure

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
axe = pytest.importorskip(
    "axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed"
)
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)

pytestmark = [
    pytest.mark.full,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]
SIZES = {"desktop": (1280, 900), "phone": (390, 800), "zoomed twice": (640, 450)}
VIEWS = ("answer", "lever", "council/slough", "believe/critics", "trust")
MOST_KEYS = 60  # to a control of any view


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        # The sandbox needs rights that a container does not give; the pages are our own.
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A page of a desktop that fails the test where a script does."""
    opened = browser.new_page(viewport={"width": 1280, "height": 900})
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    yield opened
    opened.close()
    assert not errors


def open_view(page: Any, run: Path, view: str, name: str = WITH_STUDIES) -> None:
    page.goto("about:blank")
    page.goto(f"{(run / name).as_uri()}#{view}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_axe_finds_no_violation_and_nothing_sticks_out(browser, explored_run, size, scheme):
    wide, high = SIZES[size]
    page = browser.new_page(viewport={"width": wide, "height": high}, color_scheme=scheme)
    for view in VIEWS:
        open_view(page, explored_run, view)
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        result = axe.Axe().run(page)
        assert len(result.response["passes"]) > 10
        violations = [(v["id"], v["nodes"][0]["html"][:200]) for v in result.response["violations"]]
        assert not violations, view
        assert page.evaluate("document.documentElement.scrollWidth") <= wide, view
    page.close()


def test_every_figure_of_every_view_is_a_cell(page, explored_run):
    seen = 0
    for view in ("answer", "lever", "council/slough", "council/kent", "believe", "trust"):
        open_view(page, explored_run, view)
        figures = page.evaluate(
            "[...document.querySelectorAll('.view:not([hidden]) data')].map(d => [d.textContent,"
            " d.value, d.dataset.file, d.dataset.row, d.dataset.column, d.dataset.scale])"
        )
        for shown, value, file, row, column, scale in figures:
            check_figure(explored_run, Traced(shown, float(value), file, row, column, float(scale)))
        seen += len(figures)
    assert seen > 400


def test_the_page_weighs_futures_as_the_program_does(page, explored_run):
    open_view(page, explored_run, "believe")
    belief = page.evaluate("B")
    values = np.array([slider["values"] for slider in belief["sliders"]]).T
    groups = np.array(belief["groups"])
    others = values.shape[1] - 1
    for centres, share in (
        ([None] * (others + 1), 0.15),
        ([0.2, *[None] * others], 0.15),
        ([-0.1, *[20.0] * others], 0.25),
    ):
        views = {
            k: View(c, share * (belief["sliders"][k]["high"] - belief["sliders"][k]["low"]))
            for k, c in enumerate(centres)
            if c is not None
        }
        weights = weights_of(values, views)
        there = page.evaluate("([c, s]) => [...weightsOf(c, s)]", [centres, share])
        np.testing.assert_allclose(there, weights, rtol=1e-9, atol=1e-300)
        for measure in belief["measures"]:
            losses = np.array(measure["values"]).T
            here = reweigh(losses, weights, groups, belief["quantile"])
            got = page.evaluate(
                "([c, s, v]) => reweigh(v, weightsOf(c, s))", [centres, share, measure["values"]]
            )
            assert got["effective"] == pytest.approx(here.effective)
            for name, ours in (
                ("mean", here.mean),
                ("share", here.best_share),
                ("regret", here.regret),
                ("lead", here.lead),
                ("half", here.lead_half),
            ):
                np.testing.assert_allclose(got[name], ours, rtol=1e-7, atol=1e-7)


def test_every_view_has_its_address_and_the_way_back(page, explored_run):
    open_view(page, explored_run, "answer")
    for view in ("lever", "council", "believe", "trust"):
        page.click(f"#tab-{view}")
        assert page.evaluate("location.hash").startswith(f"#{view}")
        assert page.locator(".view:visible").count() == 1
    page.go_back()
    assert page.locator("#believe").is_visible()
    open_view(page, explored_run, "council/slough")
    assert page.inner_text("#council-name") == "Slough"


def test_a_council_that_there_is_not_is_an_error_in_words(page, explored_run):
    open_view(page, explored_run, "council/<b>nowhere</b>")
    assert "No council of this run is called" in page.inner_text("#council-error")
    assert page.locator("#council-error b").count() == 0


def test_every_control_has_a_name_and_a_visible_focus(page, explored_run):
    for view in VIEWS:
        open_view(page, explored_run, view)
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        reachable = page.evaluate(
            "[...document.querySelectorAll('a, button, select, input, summary, [tabindex=\"0\"]')]"
            ".filter(e => e.checkVisibility() && !e.disabled && e.tabIndex >= 0).length"
        )
        reached = set()
        for _ in range(reachable + 2):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement === document.body"):
                continue
            facts = page.evaluate(
                "(e => [e.outerHTML, getComputedStyle(e).outlineStyle,"
                " (e.labels && e.labels[0] || e).textContent + (e.ariaLabel || '')"
                " + (e.getAttribute('aria-labelledby') || '')])(document.activeElement)"
            )
            assert facts[1] == "solid", facts[0][:120]
            assert facts[2].strip(), facts[0][:120]
            reached.add(facts[0])
        assert len(reached) >= reachable - 2, view


# -- three tasks by keyboard alone ----------------------------------------------------------------


def to_tab(page: Any, view: str) -> int:
    """Go from the top of the page to the tab of a view; how many keys it took."""
    keys = 0
    while page.evaluate("document.activeElement.getAttribute('role')") != "tab":
        page.keyboard.press("Tab")
        keys += 1
    while page.evaluate("document.activeElement.id") != f"tab-{view}":
        page.keyboard.press("ArrowRight")
        keys += 1
    return keys


def to_control(page: Any, control: str) -> int:
    """Press Tab until the control has the focus; how many keys it took."""
    for keys in range(1, MOST_KEYS):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == control:
            return keys
    raise AssertionError(f"{control} is not reached by Tab")


def test_which_regime_is_best_if_trusts_do_little_good(page, explored_run):
    open_view(page, explored_run, "answer")
    place = page.evaluate("B.sliders.findIndex(s => s.parameter === 'control.trust_deviation')")
    keys = to_tab(page, "believe") + to_control(page, "sureness")
    page.keyboard.type("L")
    assert page.input_value("#sureness") == "0"
    keys += to_control(page, f"slider{place}")
    page.keyboard.press("Home")
    told = page.inner_text("#belief-told")
    assert "Commissioner only does best on average under these views" in told
    assert re.search(r"\d+ effective futures of 80", told)
    page.keyboard.press("End")
    assert "Trusts 2016 does best on average under these views" in page.inner_text("#belief-told")
    assert keys + 2 <= 20


def test_what_happened_to_sandwell(page, explored_run):
    open_view(page, explored_run, "answer")
    keys = to_tab(page, "council") + to_control(page, "which")
    page.keyboard.type("Sandw")
    assert page.inner_text("#council-name") == "Sandwell"
    assert page.evaluate("location.hash") == "#council/sandwell"
    assert "story in one run" in page.inner_text("#council-told")
    assert page.locator("#council-told .paths figure").count() == 4
    assert keys + 5 <= 20


def test_what_a_year_of_grace_costs(page, explored_run):
    open_view(page, explored_run, "answer")
    keys = to_tab(page, "lever") + to_control(page, "dial0-0")
    page.keyboard.press("End")
    told = page.inner_text("#dial0-0-told")
    assert told.startswith("12 months")
    assert "Intervention and its overspends" in told
    assert page.get_attribute("#dial0-0", "aria-valuetext") == "12 months"
    assert keys + 1 <= 20


# -- beliefs --------------------------------------------------------------------------------------


def test_few_futures_are_called_too_few(page, explored_run):
    open_view(page, explored_run, "believe/critics")
    page.select_option("#sureness", label="Surely")
    for place in range(page.evaluate("B.sliders.length")):
        page.focus(f"#slider{place}")
        page.keyboard.press("End")
    assert "Too few futures" in page.inner_text("#belief-told")
    page.click("#no-views")
    assert "Too few futures" not in page.inner_text("#belief-told")
    assert "No view" in page.inner_text("#out0")


def test_a_preset_sets_its_sliders_and_is_marked(page, explored_run):
    open_view(page, explored_run, "believe")
    page.click("#presets button:has-text('Reformers')")
    assert page.get_attribute("#presets button:has-text('Reformers')", "aria-pressed") == "true"
    assert page.evaluate("location.hash") == "#believe/reformers"
    assert "these beliefs name" in page.inner_text("#preset-told")
    assert "Your view" in page.inner_text("#sliders")


# -- without scripts, on paper, in high contrast -------------------------------------------------


def test_without_scripts_it_is_a_plain_report(browser, explored_run):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    open_view(page, explored_run, "answer")
    for heading in (
        "The answer",
        "A lever",
        "A council",
        "What you believe",
        "How far to trust it",
    ):
        assert page.locator(f"h2:has-text('{heading}')").is_visible()
    assert page.locator("#failing-table").is_visible()
    assert page.locator("text=Under rival beliefs, on the parameters").is_visible()
    assert page.locator(".point").count() == page.locator(".point:visible").count() == 3
    assert page.locator("input:visible, select:visible, button:visible").count() == 0
    context.close()


def test_a_page_without_studies_works_too(page, explored_run):
    for view in ("answer", "lever", "believe"):
        open_view(page, explored_run, view, NAME)
    assert "simulate explorer" in page.inner_text("#believe")


def test_the_view_on_paper_is_the_view_on_the_screen(page, explored_run):
    open_view(page, explored_run, "council/slough")
    page.emulate_media(media="print")
    assert page.locator("#council-told").is_visible()
    assert not page.locator("#tabs").is_visible()
    assert not page.locator("#answer").is_visible()
    assert page.pdf(format="A4").startswith(b"%PDF")


def test_high_contrast_and_still_colours_are_kept_apart(page, explored_run):
    page.emulate_media(forced_colors="active", reduced_motion="reduce")
    open_view(page, explored_run, "believe")
    assert page.evaluate("getComputedStyle(document.querySelector('.bar')).transitionDuration") in (
        *("0s", ""),
    )
    assert page.locator("#belief-table rect.bar").first.is_visible()
