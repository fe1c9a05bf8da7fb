"""What the loop does within a step, one verb each; see loop.py for the order."""
from __future__ import annotations

from .contract import (
    age,
    converts_input,
    converts_output,
    credit,
    decode,
    disturb,
    encode,
    inject,
    is_ageing,
    is_antithetic,
    is_jittery,
    is_mergeable,
    is_plastic,
    is_read_noisy,
    is_silent,
    recall,
    shake,
    stray,
    sweep,
)
from .lanes import clear
from .random import Key
from .reading import gather, polarities, prepare, reread
from .slots import inlined, shared
from .updaters.transfer import modulate, transfer

# random streams; each projection adds its number, 0..4
HIDDEN_NOISE, OUTPUT_NOISE, HIDDEN_NEURON, OUTPUT_NEURON, CHANNEL, CHOICE, AGE, WRITE, TRANSFER, READ, JITTER = (
    0, 1, 2, 3, 4, 5, 8, 16, 24, 32, 48)
IN, RECURRENT, LATERAL, OUT, INPUT_LATERAL = 0, 1, 2, 3, 4
SECOND, AGAIN, MOST_TURNS = 2048, 4096, 16  # on top of READ: second polarity, repetitions (fewer than 16 of every lane)


@shared
def pass_on(p, rank, z, current, batch, seed, number, now):
    """Send `z` through a projection: converters, pending writes and product in one sweep, jitter, read noise; read again what clipped."""
    if rank > 0:
        modulate(p.updater, p.request, rank)
    read(p, rank, z, current, batch, seed, number, now, 0, 0)
    reread(p.circuit, p, z, current, batch, seed, number, now)
    if rank > 0:
        p.request.rank[0] = 0
        transfer(p.updater, p, Key(seed, TRANSFER + number, now))


@shared
def grow_older(p, seed, number, now, now_s):
    """Bring the devices of a projection up to the time `now_s`."""
    if is_ageing(p.device):
        age(p.device, p.conductance, Key(seed, AGE + number, now), now_s)


@inlined
def read(p, rank, z, current, batch, seed, number, now, turn, lane):
    """One read; `turn` counts repetitions, of which `z` and `current` hold the single lane `lane`."""
    for polarity in range(polarities(p.circuit)):
        key = Key(seed, READ + number + SECOND * polarity + AGAIN * (turn + MOST_TURNS * lane), now)
        if is_read_noisy(p.circuit):
            clear(p.variance)
        prepare(p.circuit, key, turn, polarity, z)
        encode(p.circuit, z, p.lines)
        lines = p.lines if converts_input(p.circuit) else z
        collected = p.sums if converts_output(p.circuit) else current
        if converts_output(p.circuit):
            clear(p.sums)
        sweep(p.synapses, p, rank if polarity == 0 else 0, lines, collected, Key(seed, WRITE + number, now))
        if is_jittery(p.jitter):
            if turn == 0 and polarity == 0:
                shake(p.jitter, p.synapses, Key(seed, JITTER + number, now), now)
            stray(p.jitter, p.synapses, lines, collected, batch)
        disturb(p.circuit, p, key, lines, collected)
        gather(p.circuit, polarity, collected)
    decode(p.circuit, p.sums if converts_output(p.circuit) else current, current)


@inlined
def load(u, x, batch):
    """Show the inputs of one step, (batch, n), to the lanes of every pass."""
    for l in range(u.shape[0]):
        for i in range(x.shape[1]):
            u[l, i] = x[l % batch, i]


@inlined
def perturb(source, key, now, current, noise):
    """Fill `noise` (batch, width) and add it to the last pass; half of it, and minus half to the first, if the source is antithetic."""
    if not is_silent(source):
        inject(source, key, now, noise)
        batch, width = noise.shape
        last = current.shape[0] - batch
        if is_antithetic(source):
            half = noise.dtype.type(0.5)
            for b in range(batch):
                for i in range(width):
                    current[b, i] -= half * noise[b, i]
                    current[last + b, i] += half * noise[b, i]
        else:
            for b in range(batch):
                for i in range(width):
                    current[last + b, i] += noise[b, i]


@shared
def differ(current, batch, out):
    """out[b] = last pass - first pass."""
    last = current.shape[0] - batch
    for b in range(batch):
        for i in range(out.shape[1]):
            out[b, i] = current[last + b, i] - current[b, i]


@shared
def innovate(current, batch, arrived, out):
    """out = potential difference between the passes minus the difference that had `arrived`: what the neuron itself added."""
    last = current.shape[0] - batch
    for b in range(batch):
        for i in range(out.shape[1]):
            out[b, i] = (current[last + b, i] - current[b, i]) - arrived[b, i]


@inlined
def measure(y, target, weight, error, reference, perturbed):
    """Squared error of every sample, averaged over the outputs and times `weight`, in the first and the last pass.

    Fills the error of the first pass; returns the means over the batch.
    """
    batch, n = target.shape
    last = y.shape[0] - batch
    clean = noisy = y.dtype.type(0)
    for b in range(batch):
        c = p = y.dtype.type(0)
        for i in range(n):
            e = y[b, i] - target[b, i]
            d = y[last + b, i] - target[b, i]
            error[b, i] = e * weight
            c += e * e
            p += d * d
        reference[b] = c * weight / y.dtype.type(n)
        perturbed[b] = p * weight / y.dtype.type(n)
        clean += reference[b]
        noisy += perturbed[b]
    return clean / y.dtype.type(batch), noisy / y.dtype.type(batch)


@inlined
def remember(p, z, first, batch):
    """Make the activity `z` of the lanes from `first` on the presynaptic factor of a request; call before `z` changes."""
    if is_plastic(p.eligibility):
        offset, pre = p.request.rank[0], p.request.pre
        for b in range(batch):
            for j in range(min(pre.shape[1], z.shape[1])):
                pre[offset + b, j] = recall(p.eligibility, b, j, z[first + b, j])


@inlined
def ask(rule, p, local, broadcast, batch):
    """Complete a request with the factors of the target neurons."""
    if is_plastic(p.eligibility):
        offset, signal = p.request.rank[0], p.request.signal
        post = p.request.post[offset:offset + batch]
        credit(rule, local, broadcast, post, signal)
        if is_mergeable(p.eligibility):
            for b in range(batch):
                for i in range(post.shape[1]):
                    post[b, i] = post[b, i] * signal[b]
        p.request.rank[0] = offset + batch


@shared
def ask_alike(p, other):
    """Complete a request onto the same neurons as `other`, whose `post` it shares."""
    if is_plastic(p.eligibility):
        for b in range(p.request.signal.size):
            p.request.signal[b] = other.request.signal[b]
        p.request.rank[0] = other.request.rank[0]


@shared
def report(y, error, explained, broadcast):
    """Error and unexplained change of every output, and the slope of the loss along what is unexplained."""
    batch, n = explained.shape
    last = y.shape[0] - batch
    two = y.dtype.type(2) / y.dtype.type(n)
    for b in range(batch):
        total = y.dtype.type(0)
        for o in range(n):
            e = two * error[b, o]
            d = (y[last + b, o] - y[b, o]) - explained[b, o]
            broadcast.error[b, o] = e
            broadcast.change[b, o] = d
            total += e * d
        broadcast.slope[b] = total
