"""ONNX sessions that share two cores with others: one thread, no spinning.

Only importer of onnxruntime. Its default pool takes all cores and spins between requests,
which on a small machine costs more than the models themselves.
"""

from pathlib import Path
from typing import Any

import onnxruntime


def session(model: Path) -> Any:
    """An `onnxruntime.InferenceSession` on the CPU."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(
        str(model), sess_options=options, providers=["CPUExecutionProvider"]
    )
