"""The loss landscape of a small transformer language model, in Hugging Face's transformers.

    python examples/transformer_lm.py transformer_lm.ply && glviz transformer_lm.ply

A GPT-2 of 0.1 million parameters learns, character by character, the texts that Python's own
help() shows; nothing is downloaded. Two minutes of training and some more for the surface;
--fast is over in seconds.

The height is the mean loss over all tokens that are to be predicted, and its standard error,
``loss_stderr``, is over sequences: tokens of one sequence are not independent of each other.
"""

from __future__ import annotations

import argparse
import platform
import pydoc_data.topics
import sys

import torch
from transformers import GPT2Config, GPT2LMHeadModel

import compute
from compute.reduction import next_token

CHARACTERS = 128  # ASCII


def read_text() -> torch.Tensor:
    """(n,) character numbers of the help texts that ship with Python, about half a million."""
    topics = pydoc_data.topics.topics
    text = "\n".join(topics[name] for name in sorted(topics))
    return torch.frombuffer(bytearray(text.encode("ascii", "replace")), dtype=torch.uint8).long()


def build(length: int, width: int, layers: int, seed: int = 0) -> GPT2LMHeadModel:
    """A GPT-2 of the given size, without dropout."""
    torch.manual_seed(seed)
    return GPT2LMHeadModel(
        GPT2Config(
            vocab_size=CHARACTERS,
            n_positions=length,
            n_embd=width,
            n_layer=layers,
            n_head=4,
            resid_pdrop=0.0,
            embd_pdrop=0.0,
            attn_pdrop=0.0,
            use_cache=False,
            bos_token_id=0,
            eos_token_id=0,
        )
    )


def train(model: GPT2LMHeadModel, text: torch.Tensor, length: int, steps: int, seed: int = 0) -> None:
    """Adam on random pieces of the text, with a rate that falls to nothing."""
    generator = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=3e-3, total_steps=steps, pct_start=0.1)
    model.train()
    for step in range(steps):
        starts = torch.randint(0, len(text) - length, (32,), generator=generator)
        pieces = text[starts[:, None] + torch.arange(length)]
        optimizer.zero_grad()
        loss = next_token(model(input_ids=pieces).logits, pieces)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if step % 100 == 99:
            print(f"step {step + 1} of {steps}: loss {loss.item():.3f}", file=sys.stderr)


def landscape(
    model: GPT2LMHeadModel, text: torch.Tensor, length: int, sequences: int, points: int, seed: int = 0
) -> compute.Surface:
    """The surface on two filter-normalised random directions, over pieces spread over the text."""
    starts = torch.linspace(0, len(text) - length, sequences).long()
    pieces = text[starts[:, None] + torch.arange(length)]
    metric = compute.Loss("next_token", {"input_ids": pieces}, pieces, output="logits")
    axis = (-1, 1, points)
    surface = compute.random_plane(model, metric, axis, axis, seed=seed)
    facts = {
        "data": {"name": f"help texts of Python {platform.python_version()}", "length": length},
    }
    return surface.replace(meta={**surface.meta, **facts})


def main(arguments: list[str] | None = None) -> compute.Surface:
    """Train the model, compute its surface and save it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("output", nargs="?", default="transformer_lm.ply", help="default: %(default)s")
    parser.add_argument("--fast", action="store_true", help="a smaller model and a coarser grid, in seconds")
    options = parser.parse_args(arguments)
    length, width, layers, steps = (24, 32, 1, 60) if options.fast else (64, 64, 2, 1200)
    sequences, points = (16, 21) if options.fast else (128, 51)
    text = read_text()
    model = build(length, width, layers)
    train(model, text, length, steps)
    surface = landscape(model, text, length, sequences, points)
    command = f"python examples/transformer_lm.py{' --fast' * options.fast}"
    surface = surface.replace(meta={**surface.meta, "command": command})
    surface.save(options.output)
    centre, error = surface.meta["centre"]["loss"], surface.meta["centre"]["loss_stderr"]
    print(f"loss {centre:.4f} +- {error:.4f} a character; {options.output}")
    return surface


if __name__ == "__main__":
    main()
