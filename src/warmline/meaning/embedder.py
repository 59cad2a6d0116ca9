"""Sentence embeddings: the BERT encoder all-MiniLM-L6-v2 on CTranslate2. Knows no intents.

The only part of this room that runs a model. CTranslate2 takes models in its own format, and
its converter needs torch; so the weights are put into its specification here, with numpy. That
takes 0.3 s at int8, which is less than keeping a converted copy fresh would be worth.
"""

import json
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any, Final

import ctranslate2
import numpy as np
import tokenizers
from ctranslate2.specs import common_spec, transformer_spec

from warmline.errors import ModelError
from warmline.meaning.safetensors import Tensors
from warmline.meaning.vectors import Vectors

MODEL: Final = "all-MiniLM-L6-v2"
"""Its name in the catalog; the folder holds model.safetensors, config.json, tokenizer.json."""
DIMENSIONS: Final = 384
CACHED: Final = 4096
"""Texts whose embedding is kept: 6 MB. A flow's examples come again at every reload."""
_BATCH: Final = 8
"""Texts at a time, of like length: more gains nothing on one thread."""


class Embedder:
    """One model in memory; may be shared by threads."""

    def __init__(
        self,
        folder: Path,
        *,
        threads: int = 1,
        precision: str = "int8",
        cached: int = CACHED,
    ) -> None:
        """Load in well under 1 s. `precision`: int8 (3 times as fast, no worse) or float32.
        `cached` texts keep their embedding, those used last.

        Raises ModelError when a file is missing or is not what it should be.
        """
        self._tokenizer = _tokenizer(folder)
        self._encoder = _encoder(folder, self._tokenizer, precision, threads)
        self._known: OrderedDict[str, Vectors] = OrderedDict()
        self._cached = cached
        self._lock = Lock()

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), 384). Words beyond some 120 are ignored."""
        with self._lock:
            fresh = [text for text in dict.fromkeys(texts) if text not in self._known]
            new = dict(zip(fresh, self._run(fresh), strict=True))
            rows = [new[text] if text in new else self._known[text] for text in texts]
            self._remember(dict(zip(texts, rows, strict=True)))
        return np.stack(rows) if rows else np.zeros((0, DIMENSIONS), dtype=np.float32)

    def _remember(self, used: dict[str, Vectors]) -> None:
        for text, row in used.items():
            self._known[text] = row
            self._known.move_to_end(text)
        while len(self._known) > self._cached:
            self._known.popitem(last=False)

    def _run(self, texts: Sequence[str]) -> list[Vectors]:
        ids = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        rows: dict[int, Vectors] = {}
        order = sorted(range(len(ids)), key=lambda at: len(ids[at]))
        for begin in range(0, len(order), _BATCH):
            batch = order[begin : begin + _BATCH]
            output = self._encoder.forward_batch([ids[at] for at in batch])
            states = np.array(output.last_hidden_state, dtype=np.float32)
            for at, state in zip(batch, states, strict=True):
                mean = state[: len(ids[at])].mean(axis=0)
                rows[at] = mean / np.linalg.norm(mean)
        return [rows[at] for at in range(len(ids))]


def _tokenizer(folder: Path) -> Any:
    path = folder / "tokenizer.json"
    try:
        tokenizer: Any = tokenizers.Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises nothing narrower
        raise ModelError(f"{path}: no tokenizer: run `warmline models pull {MODEL}`") from error
    tokenizer.no_padding()  # as shipped it pads everything to 128 tokens
    return tokenizer


def _encoder(folder: Path, tokenizer: Any, precision: str, threads: int) -> Any:
    spec = _specification(folder, tokenizer)
    spec.validate()
    spec.optimize(quantization=precision)
    with TemporaryDirectory(prefix="warmline-") as converted:
        spec.save(converted)
        return ctranslate2.Encoder(
            converted,
            device="cpu",
            compute_type=precision,
            intra_threads=threads,
            inter_threads=1,
        )


def _specification(folder: Path, tokenizer: Any) -> Any:
    """BERT's weights under CTranslate2's names, as in its own `BertLoader`; no pooling layer."""
    weights = Tensors(folder / "model.safetensors")
    config = _config(folder / "config.json")
    encoder = transformer_spec.TransformerEncoderSpec(
        config["num_hidden_layers"],
        config["num_attention_heads"],
        pre_norm=False,
        activation=common_spec.Activation.GELU,
        layernorm_embedding=True,
        num_source_embeddings=2,
        embeddings_merge=common_spec.EmbeddingsMerge.ADD,
    )
    encoder.scale_embeddings = False
    words, types = encoder.embeddings
    words.weight = weights["embeddings.word_embeddings.weight"]
    types.weight = weights["embeddings.token_type_embeddings.weight"]
    encoder.position_encodings.encodings = weights["embeddings.position_embeddings.weight"]
    _norm(encoder.layernorm_embedding, weights, "embeddings.LayerNorm")
    for number, layer in enumerate(encoder.layer):
        name = f"encoder.layer.{number}"
        attention, forward = layer.self_attention, layer.ffn
        parts = (f"{name}.attention.self.{part}" for part in ("query", "key", "value"))
        _linear(attention.linear[0], weights, *parts)
        _linear(attention.linear[1], weights, f"{name}.attention.output.dense")
        _norm(attention.layer_norm, weights, f"{name}.attention.output.LayerNorm")
        _linear(forward.linear_0, weights, f"{name}.intermediate.dense")
        _linear(forward.linear_1, weights, f"{name}.output.dense")
        _norm(forward.layer_norm, weights, f"{name}.output.LayerNorm")
    spec = transformer_spec.TransformerEncoderModelSpec(encoder)
    spec.register_vocabulary([tokenizer.id_to_token(at) for at in range(config["vocab_size"])])
    spec.config.layer_norm_epsilon = config["layer_norm_eps"]
    spec.config.unk_token = "[UNK]"
    return spec


def _config(path: Path) -> Any:
    try:
        config = json.loads(path.read_bytes())
        if config["model_type"] != "bert" or config["hidden_act"] != "gelu":
            raise ValueError
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(
            f"{path}: not the configuration of a BERT: run `warmline models pull {MODEL}`"
        ) from error
    return config


def _norm(layer: Any, weights: Tensors, name: str) -> None:
    layer.gamma, layer.beta = weights[f"{name}.weight"], weights[f"{name}.bias"]


def _linear(layer: Any, weights: Tensors, *names: str) -> None:
    """Several matrices are stacked into one, as CTranslate2 wants queries, keys and values."""
    layer.weight = np.concatenate([weights[f"{name}.weight"] for name in names])
    layer.bias = np.concatenate([weights[f"{name}.bias"] for name in names])
