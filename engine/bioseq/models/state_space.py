"""`state_space`: diagonal state spaces, S4D, in plain torch (Gu et al. 2022, arXiv 2206.11893).

The layer is that of the paper: states on the diagonal from S4D-Lin, zero-order hold, convolution by FFT, GELU and a
gate. Three things are made otherwise. The kernel is a product of two small matrices of powers, not one array of all
powers, so that its memory does not grow with length times states. Both directions share their states and are one
convolution, whose kernel reaches to both sides. Inputs under the mask are zero, so padding adds nothing to any sum.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.nn import functional

from bioseq.catalogue.common import reader_width
from bioseq.catalogue.convolutional import summaries
from bioseq.catalogue.state_space import directions
from bioseq.models.base import Encoding, Network
from bioseq.models.layers.convolution import real_only, summary
from bioseq.models.layers.embedding import token_reader
from bioseq.models.layers.head import classification_head

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from bioseq.catalogue.specification import TaskShape

SHORTEST_STEP, LONGEST_STEP = 0.001, 0.1
"""Bounds of the first steps, in time per place (the paper's section 5)."""
POWERS = 64
"""Columns of the matrix of small powers; fixed, so that padding does not change how a kernel is rounded."""


class DiagonalStateSpace(nn.Module):
    """A convolution of each channel with a kernel as long as the sequence, made of decaying oscillations.

    The kernel of a channel at distance l is twice the real part of the sum over its states n of
    `C_n (exp(step A_n) - 1) / A_n exp(step A_n l)` (zero-order hold with B = 1), where `A_n = -exp(decay_n) + i w_n`
    begins as -1/2 + i pi n (S4D-Lin). Parameters are vectors, since weight decay, which spares vectors, would pull
    the states towards each other.
    """

    def __init__(self, width: int, states: int, directions: int) -> None:
        super().__init__()
        self.shape = (width, states // 2)
        self.directions = directions
        log_steps = torch.rand(width) * math.log(LONGEST_STEP / SHORTEST_STEP) + math.log(SHORTEST_STEP)
        self.log_step = nn.Parameter(log_steps)
        self.log_decay = nn.Parameter(torch.full((width * (states // 2),), math.log(0.5)))
        self.frequency = nn.Parameter(math.pi * torch.arange(states // 2).repeat(width))
        self.readout = nn.Parameter(torch.randn(directions * width * states) * math.sqrt(0.5))
        self.direct = nn.Parameter(torch.randn(width))

    def forward(self, values: Tensor) -> Tensor:
        """`(B, C, L)`, zero under the mask, to `(B, C, L)`, not zero there; float32."""
        length = values.shape[-1]
        size = transform_size(2 * length)
        kernel = torch.fft.rfft(self._circular(length, size))
        mixed = torch.fft.irfft(torch.fft.rfft(values, n=size) * kernel, n=size)[..., :length]
        return torch.addcmul(mixed, values, self.direct.unsqueeze(1))

    def kernels(self, length: int) -> Tensor:
        """The kernel of each direction and channel at distances 0 to length - 1, `(directions, C, length)`."""
        width, pairs = self.shape
        rates = torch.complex(-self.log_decay.exp(), self.frequency).view(width, pairs)
        per_place = rates * self.log_step.exp().unsqueeze(1)  # (C, N)
        held = (per_place.exp() - 1) / rates
        readout = torch.view_as_complex(self.readout.view(self.directions, width, pairs, 2))
        blocks = torch.arange(-(-length // POWERS), device=rates.device) * POWERS
        large = torch.exp(per_place.unsqueeze(1) * blocks.unsqueeze(1))  # (C, blocks, N)
        small = torch.exp(per_place.unsqueeze(-1) * torch.arange(POWERS, device=rates.device))  # (C, N, POWERS)
        weighted = (readout * held).unsqueeze(2) * large  # (directions, C, blocks, N)
        return 2 * (weighted @ small).real.flatten(2)[..., :length]

    def _circular(self, length: int, size: int) -> Tensor:
        """The kernel by distance modulo size, `(C, size)`: for what was read at the start, for what follows at the end.

        A place itself, distance 0, is read once, in the first direction.
        """
        kernels = self.kernels(length)
        kernel = functional.pad(kernels[0], (0, size - length))
        if self.directions == 2:
            kernel = kernel + functional.pad(kernels[1].flip(-1), (size - length, 0))
        return kernel


def transform_size(least: int) -> int:
    """The smallest 2^n or 3 * 2^n that is not below: sizes that Fourier transforms are fast at."""
    power = 1 << (least - 1).bit_length()
    return power * 3 // 4 if power * 3 // 4 >= least and power >= 4 else power


class StateSpaceBlock(nn.Module):
    """Norm, state space, GELU, gate; added to the input."""

    def __init__(self, hyper: Mapping[str, Any]) -> None:
        super().__init__()
        width = hyper["width"]
        self.norm = nn.LayerNorm(width)
        self.states = DiagonalStateSpace(width, hyper["states"], directions(hyper))
        self.mix = nn.Linear(width, 2 * width)
        self.drop = nn.Dropout(hyper["dropout"])

    def forward(self, places: Tensor, mask: Tensor) -> Tensor:
        """`(B, L, D)` and `(B, L)` to `(B, L, D)`."""
        channels = real_only(self.norm(places).transpose(1, 2), mask)
        with torch.autocast(places.device.type, enabled=False):  # no Fourier transform in half precision
            mixed = functional.gelu(self.states(channels.float()))
        gated = functional.glu(self.mix(self.drop(mixed.transpose(1, 2))), dim=-1)
        added: Tensor = self.drop(gated)
        return places + added


class StateSpace(Network):
    """Embedding, blocks, norm, summary."""

    def __init__(self, task: TaskShape, hyper: Mapping[str, Any]) -> None:
        super().__init__(task)
        width = hyper["width"]
        self.pooling: str = hyper["pooling"]
        self.read = token_reader(task, hyper["embedding"])
        self.begin = nn.Linear(reader_width(task, hyper["embedding"]), width)
        self.blocks = nn.ModuleList(StateSpaceBlock(hyper) for _ in range(hyper["layers"]))
        self.norm = nn.LayerNorm(width)
        self.head = classification_head(width * summaries(self.pooling), task.classes, hyper["dropout"])

    def encode(self, tokens: Tensor, mask: Tensor, *, want_attention: bool = False) -> Encoding:  # noqa: ARG002
        """As in `Network`; there is no attention."""
        places = self.begin(self.read(tokens, mask))
        for block in self.blocks:
            places = block(places, mask)
        values = real_only(self.norm(places).transpose(1, 2), mask)
        return Encoding(summary(values, mask, self.pooling))
