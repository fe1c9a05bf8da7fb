"""The report says what the summary says, leads to the runs, and lets nothing in a file become a part of the page."""
from __future__ import annotations

import html.parser
import importlib.resources
import json
import re

import pytest
import synthetic_comparison

from neurosim.errors import InputError
from neurosim.report.page import markdown, write_report
from neurosim.report.page.contents import contents, title_of
from neurosim.report.page.curves import curves_of
from neurosim.report.page.folder import load
from neurosim.report.page.html import POLICY

EIGHT_MB = 8_000_000
OPTIONAL = ("thresholds", "transfer", "diagnostics", "tuning", "yardsticks", "failures", "caveats", "unverified", "provenance", "budget",
            "note", "title")


class Reader(html.parser.HTMLParser):
    """Tags, texts and data of a page."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.texts, self.data, self.inside = [], [], {}, ("", {})
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.inside = tag, dict(attributes)
        self.tags.append(self.inside)

    def handle_endtag(self, tag):
        self.inside = "", {}

    def handle_data(self, data):
        tag, attributes = self.inside
        if tag == "script" and attributes.get("type") == "application/json":
            self.data[attributes["id"]] = json.loads(data)
        elif tag not in ("script", "style"):
            self.texts.append(data)

    def text(self):
        """Everything that is read."""
        return re.sub(r"\s+", " ", " ".join(self.texts))


def small(folder, **options):
    """Two rules on two chips."""
    return synthetic_comparison.write(
        folder, **{"rules": ("ANP", "trace"), "others": ("ideal", "reram-sb"), "seeds": (1, 2, 3), "epochs": 4, **options})


@pytest.fixture(scope="module")
def grid(tmp_path_factory):
    """A small comparison: its folder, its summary, and its page as read."""
    folder = tmp_path_factory.mktemp("small") / "grid"
    record = small(folder)
    return folder, record, Reader(write_report(folder).read_text(encoding="utf-8"))


def rewrite(folder, **changes):
    """The summary with changes; None takes a part away."""
    record = json.loads((folder / "comparison.json").read_text(encoding="utf-8")) | changes
    (folder / "comparison.json").write_text(json.dumps({key: value for key, value in record.items() if value is not None}))


def test_a_hundred_runs_fit_in_eight_megabytes(tmp_path):
    synthetic_comparison.write(tmp_path / "grid", epochs=600)
    assert write_report(tmp_path / "grid").stat().st_size < EIGHT_MB


def test_the_page_needs_nothing_else(grid):
    page = grid[2]
    policy = next(attributes["content"] for tag, attributes in page.tags if attributes.get("http-equiv") == "Content-Security-Policy")
    assert policy == POLICY and policy.startswith("default-src 'none'")
    assert [tag for tag, _ in page.tags if tag in ("link", "iframe", "object", "img", "base", "form")] == []
    assert [attributes for _, attributes in page.tags if "src" in attributes or any(name.startswith("on") for name in attributes)] == []
    assert sum(tag == "script" and attributes.get("id") == "plotly" for tag, attributes in page.tags) == 1


def test_sections_come_in_the_order_in_which_they_are_read(grid):
    keys = [attributes["id"] for tag, attributes in grid[2].tags if tag in ("h2", "h3") and "id" in attributes]
    order = ["summary", "finding-0", "results", "figures", "title-scores", "title-learning", "title-heat", "title-cost", "title-thresholds",
             "title-transfer", "title-tuning", "title-diagnostics", "failures", "caveats", "unverified-numbers", "declarations",
             "every-run", "provenance"]
    assert [key for key in keys if key in order] == order


def test_every_seed_leads_to_its_run_and_quotes_its_value(grid):
    folder, record, page = grid
    text = page.text()
    links = {attributes["href"] for tag, attributes in page.tags if tag == "a"}
    for group in [*record["groups"], *record["yardsticks"]]:
        for seed in group["seeds"].values():
            assert f"runs/{seed['run']}/run.json" in links and (folder / "runs" / seed["run"] / "run.json").is_file()
            assert seed["value"] is None or f"{seed['value']:.6f}" in text


def test_links_lead_from_wherever_the_page_is(tmp_path):
    record = small(tmp_path / "a b" / "grid")
    (tmp_path / "elsewhere").mkdir()
    page = Reader(write_report(tmp_path / "a b" / "grid", tmp_path / "elsewhere" / "page.html").read_text(encoding="utf-8"))
    run = record["groups"][0]["seeds"]["1"]["run"]
    assert f"../a%20b/grid/runs/{run}/run.json" in {attributes.get("href") for _, attributes in page.tags}


def test_hostile_names_add_no_tag_and_no_attribute(tmp_path):
    def shape(names):
        synthetic_comparison.write(tmp_path / names[0][-3:].strip("</>"), rules=names, others=names, seeds=(1, 2), epochs=3)
        page = Reader(write_report(tmp_path / names[0][-3:].strip("</>")).read_text(encoding="utf-8"))
        return [(tag, sorted(set(attributes) - {"class"})) for tag, attributes in page.tags if tag not in ("td", "span")], page

    tame, _ = shape(("aaaa", "bbbb", "cccc", "dddd"))
    wild, page = shape(synthetic_comparison.HOSTILE)
    assert wild == tame
    assert all(name in page.text() for name in ("<script>window.broken = 1</script>", "<img src=x onerror=window.broken=1>", "$h ${i}"))


def test_figures_carry_hostile_names_as_text_that_plotly_cannot_read_as_tags(tmp_path):
    names = synthetic_comparison.HOSTILE
    synthetic_comparison.write(tmp_path / "grid", rules=names, others=names, seeds=(1, 2), epochs=3)
    data = Reader(write_report(tmp_path / "grid").read_text(encoding="utf-8")).data
    assert len(data) == 8
    assert [text for text in strings(data) if re.search(r"<(?!/?b>|extra></extra>$)", text) and text not in options(data)] == []


def strings(value, key=""):
    """Every text in JSON that Plotly may show."""
    if isinstance(value, dict):
        yield from (text for name, item in value.items() if name not in ("controls", "note") for text in strings(item, name))
    elif isinstance(value, list):
        yield from (text for item in value for text in strings(item, key))
    elif isinstance(value, str):
        yield value.replace("<extra></extra>", "")


def options(data):
    """Texts of choices, which are no HTML."""
    return {option for figure in data.values() for control in figure["controls"] for option in control["options"]}


def test_numbers_of_figures_are_those_of_the_summary(grid):
    _, record, page = grid
    traces = page.data["data-scores"]["views"][""]["data"]
    drawn = sorted(x for trace in traces if trace["mode"] == "markers" and "error_x" not in trace for x in trace["x"])
    values = [seed["value"] for group in record["groups"] for seed in group["seeds"].values() if seed["value"] is not None]
    assert drawn == pytest.approx(sorted(values), rel=1e-5)
    heat = page.data["data-heat"]["views"]["0"]["data"][0]
    means = {(group["point"]["rule"], group["point"]["chip"]): group["mean"] for group in record["groups"]}
    for y, rule in enumerate(("ANP", "trace")):
        assert heat["z"][y] == pytest.approx([means[rule, "ideal"], means[rule, "reram-sb"]], rel=1e-5)


def test_what_is_unavailable_is_said_and_never_zero(grid):
    text = grid[2].text()
    assert "The energy of learning is unavailable for reram-sb, because no number is known of static power and pulses." in text
    row = next(line for line in markdown(grid[0]).splitlines() if line.startswith("| trace") and "reram-sb" in line)
    assert "unavailable" in row and " 0 J" not in row


def test_failures_are_told_in_their_own_words(grid):
    assert "diverged at step 1240: a conductance is not finite" in grid[2].text()
    assert "1 run of 33: 1 diverged (trace on reram-sb)." in grid[2].text()


@pytest.mark.parametrize("name", OPTIONAL)
def test_every_optional_part_may_be_absent(tmp_path, name):
    small(tmp_path / "grid", seeds=(1, 2))
    rewrite(tmp_path / "grid", **{name: None})
    assert write_report(tmp_path / "grid").is_file() and markdown(tmp_path / "grid")


def test_a_bare_summary_is_enough(tmp_path):
    (tmp_path / "comparison.json").write_text(json.dumps({"groups": [{"point": {"chip": "ideal"}}]}))
    assert "combination: 1" in markdown(tmp_path)
    assert write_report(tmp_path).is_file()


@pytest.mark.parametrize("groups", [[], [{"point": {"rule": "a", "chip": "x"}, "mean": None, "n": 0, "seeds": {}}]])
def test_a_comparison_that_was_stopped_at_once_has_a_report(tmp_path, groups):
    axes = [{"name": "rule", "values": ["a", "b"]}, {"name": "chip", "values": ["x", "y"]}]
    (tmp_path / "comparison.json").write_text(json.dumps({"groups": groups, "axes": axes, "status": "interrupted"}))
    assert "The comparison is interrupted" in Reader(write_report(tmp_path).read_text(encoding="utf-8")).text()


def test_a_thousand_runs_share_the_points_of_a_hundred(tmp_path):
    small(tmp_path / "grid", epochs=400)
    record = json.loads((tmp_path / "grid" / "comparison.json").read_text())
    one = record["groups"][0]["seeds"]["1"]
    record["groups"][0]["seeds"] = {str(k): one for k in range(1000)}
    rewrite(tmp_path / "grid", groups=record["groups"])
    curves = curves_of(load(tmp_path / "grid"))
    assert len(curves) == 1009 and {len(curve["columns"]["epoch"]) for curve in curves} == {39}


def test_runs_that_are_gone_only_lose_their_curves(tmp_path):
    record = small(tmp_path / "grid")
    run = tmp_path / "grid" / "runs" / record["groups"][0]["seeds"]["1"]["run"]
    (run / "curves.csv").write_text("epoch,accuracy\n0,what\n\x00")
    (tmp_path / "grid" / "runs" / record["groups"][0]["seeds"]["2"]["run"] / "curves.csv").unlink()
    data = Reader(write_report(tmp_path / "grid").read_text(encoding="utf-8")).data["data-learning"]
    assert {"1", "2"} & {curve["seed"] for curve in data["curves"] if curve["group"] == 0} <= {"1"}


def test_a_run_name_that_leads_out_of_the_folder_is_not_followed(tmp_path):
    small(tmp_path / "grid")
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "curves.csv").write_text("epoch,accuracy\n0,0.123456\n1,0.2\n")
    record = json.loads((tmp_path / "grid" / "comparison.json").read_text())
    record["groups"][0]["seeds"]["1"]["run"] = "../../secret"
    rewrite(tmp_path / "grid", groups=record["groups"])
    assert "0.123456" not in json.dumps(Reader(write_report(tmp_path / "grid").read_text(encoding="utf-8")).data)


@pytest.mark.parametrize(("files", "message"), [
    ({}, "holds neither comparison.json nor the run.json"), ({"comparison.json": "{"}, "is no JSON"),
    ({"comparison.json": "[1]"}, "must hold a table"), ({"comparison.json": "{}"}, "groups: is missing; must be a list of tables"),
    ({"comparison.json": '{"groups": [1]}'}, "groups: must be a list of tables"),
    ({"comparison.json": '{"groups": [], "budget": 3}'}, "budget: must be a table"),
    ({"comparison.json": '{"groups": [{"point": {}, "seeds": [1]}]}'}, r"groups\[0\].seeds: must be a table"),
    ({"run.json": '{"status": "failed"}'}, "= failed; the run has no scores"),
])
def test_a_folder_that_cannot_be_reported_is_refused_in_one_sentence(tmp_path, files, message):
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=message) as refused:
        write_report(tmp_path)
    assert "\n" not in str(refused.value) and not (tmp_path / "report.html").exists()


def test_a_folder_that_is_none_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file", tmp_path / "nothing"):
        with pytest.raises(InputError):
            markdown(path)


def test_a_run_folder_has_the_same_report(tmp_path):
    seeds = {"1": 0.9, "2": None}
    (tmp_path / "run.json").write_text(json.dumps({
        "schema": 1, "status": "complete", "verdict": "beats constant", "task": "copying",
        "scores": {"test_mse": {"mean": 0.02, "sd": None, "seeds": {"1": 0.02, "2": None}},
                   "accuracy": {"mean": 0.9, "sd": None, "seeds": seeds}},
        "predictors": {"constant": {"mean": 0.1, "sd": None, "seeds": {"1": 0.1}}},
        "yardsticks": {"true BPTT": {"mean": 0.001, "sd": None, "seeds": {"1": 0.001}, "note": "Adam", "scores": {
            "accuracy": {"mean": 0.99, "sd": None, "seeds": {"1": 0.99, "2": 0.98}}}}}, "cost": {}, "unverified": []}))
    (tmp_path / "curves.csv").write_text("seed,epoch,forward_passes,accuracy\n1,0,0,0.5\n1,1,10,0.9\n2,0,0,0.4\n")
    (tmp_path / "experiment.toml").write_text('[rule]\nname = "anp"\n[chip]\nprofile = "reram-sb"\n')
    page = Reader(write_report(tmp_path).read_text(encoding="utf-8"))
    assert "anp on reram-sb reached accuracy 0.900, 1 seed; higher is better." in page.text()
    assert "anp on reram-sb is behind it by 0.0900." in page.text()
    assert len(page.data["data-learning"]["curves"]) == 2
    assert "run.json" in {attributes.get("href") for _, attributes in page.tags}


def test_markdown_has_whole_tables_whatever_the_names(tmp_path):
    names = synthetic_comparison.HOSTILE
    synthetic_comparison.write(tmp_path / "grid", rules=names, others=names, seeds=(1, 2), epochs=3)
    lines = markdown(tmp_path / "grid").splitlines()
    blocks, rows = [], []
    for line in [*lines, ""]:
        if line.startswith("|"):
            rows.append(len(re.findall(r"(?<!\\)\|", line)))
        elif rows:
            blocks.append(rows)
            rows = []
    assert len(blocks) >= 5 and all(len(set(block)) == 1 for block in blocks)
    assert not re.search(r"(?<!\\)<(script|img|b)", "\n".join(lines))


def test_markdown_says_the_same_sentences_as_the_page(grid):
    folder, _, page = grid
    for line in markdown(folder).splitlines():
        if line.startswith("- ") and "[" not in line:
            assert re.sub(r"\\(.)", r"\1", line[2:].split(": ")[-1]) in page.text()


def test_contents_name_every_part_once(grid):
    found = load(grid[0])
    keys = [block.key for block in contents(found, grid[0] / "report.html") if getattr(block, "key", "")]
    assert len(keys) == len(set(keys)) and title_of(found) == "Which rule learns on which chip"


def test_the_frame_and_the_scripts_are_files_of_the_package():
    names = {path.name for path in (importlib.resources.files("neurosim.report.page") / "assets").iterdir()}
    assert names == {
        "report.html", "report.css", "tables.js", "figures.js", "learning.js", "start.js", "watch.html", "watch.css", "watch.js"}
