"""The 8-bit network as a circuit: one multiplier, one adder, and memories that are read in the order in which they are written.

Every sum starts at its bias (0 for outputs) and takes one product a clock; no address is computed by a multiplication.
"""
from __future__ import annotations

from ..digital.int8_rnn import Int8RNN

CIRCUIT = """\
// An 8-bit tanh network, one multiplication and addition a clock. Written by neurosim.
//   acc = (w_in x << SHIFT_IN) + (w_rec h << SHIFT_REC) + bias;  z = acc / 2^SHIFT_Z, rounded half to even, kept to -128 ... 127;
//   h = tanh_table[z + 128];  y = w_out h
`default_nettype none
module @TOP@ (
  input  wire                  clk,
  input  wire                  rst,    // synchronous; brings the state to rest
  input  wire                  start,  // takes x and begins a step
  input  wire [8*@NI@-1:0]     x,      // input j: x[8*j +: 8], signed
  output reg                   done,   // for one clock, when h and y are those of the step
  output reg  [8*@NH@-1:0]     h,
  output reg  [32*@NO@-1:0]    y
);
  localparam NI = @NI@, NH = @NH@, NO = @NO@;
  localparam SHIFT_IN = @SHIFT_IN@, SHIFT_REC = @SHIFT_REC@, SHIFT_Z = @SHIFT_Z@;
  localparam [SHIFT_Z-1:0] HALF = 1 << (SHIFT_Z - 1);
  localparam [2:0] IDLE = 3'd0, INPUTS = 3'd1, RECURRENT = 3'd2, LOOKUP = 3'd3, COMMIT = 3'd4, READOUT = 3'd5, WRITE = 3'd6;

  reg signed [7:0]  w_in       [0:NH*NI-1];
  reg signed [7:0]  w_rec      [0:NH*NH-1];
  reg signed [31:0] bias       [0:NH-1];
  reg signed [7:0]  tanh_table [0:255];
  reg signed [7:0]  w_out      [0:NO*NH-1];
  initial begin
    $readmemh("w_in.mem", w_in);
    $readmemh("w_rec.mem", w_rec);
    $readmemh("bias.mem", bias);
    $readmemh("tanh_table.mem", tanh_table);
    $readmemh("w_out.mem", w_out);
  end

  reg [2:0]         phase;
  reg [16:0]        i, j;                     // of the neuron or output, and of what it listens to
  reg [31:0]        at_in, at_rec, at_out;    // next weight
  reg [8*NI-1:0]    held;                     // x of this step
  reg [8*NH-1:0]    next;                     // h as far as it is computed
  reg signed [31:0] acc;

  // one product
  wire signed [7:0]  weight  = phase == INPUTS ? w_in[at_in] : phase == RECURRENT ? w_rec[at_rec] : w_out[at_out];
  wire signed [7:0]  value   = phase == INPUTS ? held[8*j +: 8] : h[8*j +: 8];
  wire signed [31:0] product = weight * value;
  wire signed [31:0] aligned = phase == INPUTS ? product <<< SHIFT_IN : phase == RECURRENT ? product <<< SHIFT_REC : product;

  // acc / 2^SHIFT_Z, half to even, and the entry of the table: z + 128 is z with its sign bit turned
  wire signed [31:0] whole   = acc >>> SHIFT_Z;
  wire [SHIFT_Z-1:0] rest    = acc[SHIFT_Z-1:0];
  wire               up      = rest > HALF || (rest == HALF && whole[0]);
  wire signed [31:0] z       = up ? whole + 32'sd1 : whole;
  wire [7:0]         entry   = z > 32'sd127 ? 8'd255 : z < -32'sd128 ? 8'd0 : {~z[7], z[6:0]};

  always @(posedge clk) begin
    done <= 1'b0;
    if (rst) begin
      phase <= IDLE;
      h <= 0;
      y <= 0;
    end else case (phase)
      IDLE: if (start) begin
        held <= x;
        i <= 0;
        j <= 0;
        at_in <= 0;
        at_rec <= 0;
        at_out <= 0;
        acc <= bias[0];
        phase <= INPUTS;
      end
      INPUTS: begin
        acc <= acc + aligned;
        at_in <= at_in + 1;
        if (j == NI-1) begin
          j <= 0;
          phase <= RECURRENT;
        end else j <= j + 1;
      end
      RECURRENT: begin
        acc <= acc + aligned;
        at_rec <= at_rec + 1;
        if (j == NH-1) begin
          j <= 0;
          phase <= LOOKUP;
        end else j <= j + 1;
      end
      LOOKUP: begin
        next[8*i +: 8] <= tanh_table[entry];
        if (i == NH-1) begin
          i <= 0;
          phase <= COMMIT;
        end else begin
          i <= i + 1;
          acc <= bias[i + 1];
          phase <= INPUTS;
        end
      end
      COMMIT: begin
        h <= next;
        acc <= 0;
        phase <= READOUT;
      end
      READOUT: begin
        acc <= acc + aligned;
        at_out <= at_out + 1;
        if (j == NH-1) begin
          j <= 0;
          phase <= WRITE;
        end else j <= j + 1;
      end
      WRITE: begin
        y[32*i +: 32] <= acc;
        acc <= 0;
        if (i == NO-1) begin
          done <= 1'b1;
          phase <= IDLE;
        end else begin
          i <= i + 1;
          phase <= READOUT;
        end
      end
      default: phase <= IDLE;
    endcase
  end
endmodule
`default_nettype wire
"""


def rtl(top: str, spec: Int8RNN) -> str:
    """The circuit for a network; its numbers are in the memory files."""
    (n_out, n), (shift_in, shift_rec) = spec.weights_out.shape, spec.shifts
    values = {"TOP": top, "NI": spec.weights_in.shape[1], "NH": n, "NO": n_out, "SHIFT_IN": shift_in, "SHIFT_REC": shift_rec,
              "SHIFT_Z": spec.q_accumulator - spec.q_table}
    text = CIRCUIT
    for name, value in values.items():
        text = text.replace(f"@{name}@", str(value))
    return text
