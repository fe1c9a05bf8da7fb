"""python run_verilog.py FOLDER expected.npz: exit code 0 if the circuit, simulated by Icarus Verilog, computes what is expected, every bit.

The folder's manifest.json tells the ports, files and clocks per step; the test bench is written here.
"""
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

import numpy as np
from agreement import agree

BENCH = """
module bench;
  reg clk = 0, rst = 1, start = 0;
  reg [{wide[x]}-1:0] stimulus [0:{steps}-1];
  reg [{wide[x]}-1:0] x = 0;
  wire [{wide[h]}-1:0] h;
  wire [{wide[y]}-1:0] y;
  wire done;
  integer t, clocks;
  {top} device (.clk(clk), .rst(rst), .start(start), .x(x), .done(done), .h(h), .y(y));
  always #1 clk = ~clk;
  initial begin
    $readmemh("stimulus.mem", stimulus);
    repeat (3) @(negedge clk);
    rst = 0;
    for (t = 0; t < {steps}; t = t + 1) begin
      @(negedge clk) x = stimulus[t];
      start = 1;
      @(negedge clk) start = 0;
      x = ~x;
      for (clocks = 1; !done && clocks < 10 * {clocks}; clocks = clocks + 1) @(negedge clk);
      $display("%0d %h %h", clocks, h, y);
      @(negedge clk) if (done) $display("done stays");
    end
    $finish;
  end
endmodule
"""


def word(numbers, bits):
    """Numbers as one word, the first in its low bits."""
    return sum((int(number) & (1 << bits) - 1) << bits * k for k, number in enumerate(numbers))


def numbers(text, bits, n):
    """The numbers of such a word, signed."""
    raw = [int(text, 16) >> bits * k & (1 << bits) - 1 for k in range(n)]
    return [value - (1 << bits) if value >> bits - 1 else value for value in raw]


folder, expected = pathlib.Path(sys.argv[1]), np.load(sys.argv[2], allow_pickle=False)
manifest = json.loads((folder / "manifest.json").read_text())
ports = {name: (port["bits"], port["n"]) for name, port in manifest["ports"].items()}
steps = len(expected["inputs"])
with tempfile.TemporaryDirectory() as work:
    for name in (*manifest["rtl"], *manifest["mem"]):
        shutil.copy(folder / name, work)
    bench = BENCH.format(top=manifest["top"], steps=steps, clocks=manifest["clocks_per_step"],
                         wide={name: bits * n for name, (bits, n) in ports.items()})
    pathlib.Path(work, "bench.v").write_text(bench)
    lines = [f"{word(row, ports['x'][0]):x}" for row in expected["inputs"]]
    pathlib.Path(work, "stimulus.mem").write_text("\n".join(lines) + "\n")
    built = subprocess.run(["iverilog", "-g2005", "-Wall", "-o", "bench.vvp", "bench.v", *manifest["rtl"]], cwd=work, capture_output=True,
                           text=True)
    if built.returncode or built.stderr:
        sys.exit(f"iverilog complains:\n{built.stderr}")
    printed = subprocess.run(["vvp", "-n", "bench.vvp"], cwd=work, capture_output=True, text=True, check=True).stdout
rows = [line.split() for line in printed.splitlines() if "finish" not in line]
if len(rows) != steps or any(len(row) != 3 or "x" in row[1] + row[2] for row in rows):
    sys.exit(f"not {steps} rows of known numbers:\n{printed[:500]}")
agreed = [
    agree("clocks", [int(row[0]) for row in rows], [manifest["clocks_per_step"]] * steps, 0),
    agree("h", [numbers(row[1], *ports["h"]) for row in rows], expected["h"], 0),
    agree("y", [numbers(row[2], *ports["y"]) for row in rows], expected["outputs"], 0)]
sys.exit(not all(agreed))
