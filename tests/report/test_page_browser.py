"""The report in a browser: it asks for nothing, draws everything, sorts, filters, and fits every window."""
from __future__ import annotations

import time

import pytest
import synthetic_comparison
from browsing import Visit

from neurosim.report.page import write_report

pytestmark = pytest.mark.browser
SECONDS = 3.0  # from opening to the first figure; tests share two cores, so three times that fails


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """A hundred runs, and their yardsticks."""
    folder = tmp_path_factory.mktemp("large") / "grid"
    synthetic_comparison.write(folder)
    return write_report(folder)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """Names that would be scripts if they could."""
    folder = tmp_path_factory.mktemp("hostile") / "grid"
    names = synthetic_comparison.HOSTILE
    synthetic_comparison.write(folder, rules=names, others=names, seeds=(1, 2), epochs=4)
    return write_report(folder)


def test_a_hundred_runs_open_quickly_and_ask_for_nothing(browser, large):
    began = time.perf_counter()
    with Visit(browser, large.as_uri()) as visit:
        visit.page.evaluate("document.querySelector('[data-figure]').scrollIntoView()")
        visit.page.wait_for_selector(".js-plotly-plot .main-svg")
        took = time.perf_counter() - began
        assert took < 3 * SECONDS
        assert visit.requests == [large.as_uri()] and visit.complaints == []


def test_every_figure_is_drawn_with_traces(browser, large):
    with Visit(browser, large.as_uri()) as visit:
        visit.page.evaluate("neurosim.drawAll()")
        drawn = visit.page.evaluate("""() => Object.fromEntries([...document.querySelectorAll('.js-plotly-plot')].map(plot =>
            [plot.closest('figure').dataset.figure, plot.querySelectorAll('.main-svg .trace, .main-svg .hm image').length]))""")
        assert set(drawn) == {"scores", "learning", "heat", "cost", "thresholds", "transfer", "tuning", "diagnostics"}
        assert min(drawn.values()) > 0
        assert visit.complaints == [] and visit.requests == [large.as_uri()]


def test_nothing_is_drawn_before_it_is_near(browser, large):
    with Visit(browser, large.as_uri(), height=500) as visit:
        visit.page.evaluate("document.querySelector('[data-figure]').scrollIntoView()")
        visit.page.wait_for_selector("#figure-scores .main-svg")
        assert visit.page.query_selector("#figure-diagnostics .main-svg") is None


def test_every_choice_of_every_figure_can_be_drawn(browser, large):
    with Visit(browser, large.as_uri()) as visit:
        visit.page.evaluate("neurosim.drawAll()")
        n = visit.page.evaluate("""async () => {
            let n = 0;
            for (const select of document.querySelectorAll('figure select')) for (const option of select.options) {
                select.value = option.value; select.dispatchEvent(new Event('change')); n++;
            }
            await new Promise(resolve => setTimeout(resolve, 300));
            return n; }""")
        assert n > 20 and visit.complaints == []


def test_learning_curves_say_where_energy_is_unavailable(browser, large):
    with Visit(browser, large.as_uri()) as visit:
        visit.page.evaluate("neurosim.drawAll()")
        visit.page.select_option("#figure-learning select >> nth=1", label="energy of learning (J)")
        visit.until("document.querySelector('#figure-learning .note').textContent.includes('unavailable for 4 of 20')")


def test_sorting_sorts_both_ways_and_says_so(browser, large):
    with Visit(browser, large.as_uri()) as visit:
        def score():
            return [float(text.split(" ")[0]) for text in visit.column("main", 2)]

        head = visit.page.locator("#table-main thead th").nth(2)
        assert score() != sorted(score())
        head.locator("button").focus()
        visit.page.keyboard.press("Enter")
        assert score() == sorted(score()) and head.get_attribute("aria-sort") == "ascending"
        visit.page.keyboard.press("Enter")
        assert score() == sorted(score(), reverse=True) and head.get_attribute("aria-sort") == "descending"


def test_what_is_unavailable_is_sorted_last_in_both_directions(browser, large):
    with Visit(browser, large.as_uri()) as visit:
        button = visit.page.locator("#table-main thead th", has_text="energy").locator("button")
        for _ in range(2):
            button.click()
            energies = visit.column("main", 7)
            assert energies[-4:] == ["unavailable"] * 4 and "unavailable" not in energies[:-4]


def test_filters_hide_rows_and_count_them(browser, large):
    with Visit(browser, large.as_uri()) as visit:
        visit.page.select_option("#table-main select >> nth=0", label="trace")
        assert set(visit.column("main", 0)) == {"trace"}
        visit.page.fill("#table-main input", "reram")
        assert list(zip(visit.column("main", 0), visit.column("main", 1))) == [("trace", "reram-sb")]
        assert visit.page.text_content("#table-main output") == "1 of 20 rows"


def test_a_link_to_the_seeds_of_a_row_opens_the_table_of_runs(browser, large):
    with Visit(browser, large.as_uri()) as visit:
        visit.page.click("#table-main tbody tr:nth-child(3) a")
        visit.page.wait_for_selector("#every-run-fold[open]")
        run = visit.page.query_selector("#table-runs tbody td:last-child a")
        assert (large.parent / run.get_attribute("href")).is_file()


def test_dark_mode_changes_the_page_and_the_figures(browser, large):
    def colours(visit):
        return visit.page.evaluate("""() => [getComputedStyle(document.body).backgroundColor,
            document.querySelector('#figure-scores .plot')._fullLayout.paper_bgcolor]""")

    with Visit(browser, large.as_uri()) as visit:
        visit.page.evaluate("neurosim.drawAll()")
        light = colours(visit)
        visit.page.emulate_media(color_scheme="dark")
        visit.until("getComputedStyle(document.body).backgroundColor !== 'rgb(255, 255, 255)'")
        visit.until(f"document.querySelector('#figure-scores .plot')._fullLayout.paper_bgcolor !== '{light[1]}'")
        dark = colours(visit)
        assert light[0] == "rgb(255, 255, 255)" and max(map(int, dark[0].removeprefix("rgb(").rstrip(")").split(", "))) < 60


@pytest.mark.parametrize("width", [360, 768, 1920])
def test_no_window_scrolls_sideways(browser, large, hostile, width):
    for page in (large, hostile) if width == 360 else (large,):
        with Visit(browser, page.as_uri(), width=width) as visit:
            visit.page.evaluate("neurosim.drawAll()")
            assert visit.page.evaluate("document.documentElement.scrollWidth") == width
            assert visit.complaints == []


def test_hostile_names_do_nothing_and_are_shown_as_they_are(browser, hostile):
    with Visit(browser, hostile.as_uri()) as visit:
        visit.page.evaluate("neurosim.drawAll()")
        assert visit.page.evaluate("window.broken") is None
        assert set(visit.column("main", 0)) == set(synthetic_comparison.HOSTILE)
        ticks = visit.page.evaluate("[...document.querySelectorAll('#figure-scores .ytick')].map(tick => tick.textContent)")
        assert "</script><b>" in ticks
        assert visit.complaints == [] and visit.requests == [hostile.as_uri()]


def test_printing_draws_everything_on_white(browser, large):
    with Visit(browser, large.as_uri(), scheme="dark") as visit:
        visit.page.evaluate("dispatchEvent(new Event('beforeprint'))")
        visit.page.wait_for_selector("#figure-diagnostics .main-svg")
        assert visit.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert len(visit.page.pdf()) > 10_000
