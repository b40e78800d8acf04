"""Starts whisper-live's own server in its own environment: the wheel ships no command. Only limits on the number of
clients are lifted; ``--setting tuned`` is what its documentation offers for many clients.
"""

from __future__ import annotations

import argparse


def main() -> None:
    from whisper_live.server import TranscriptionServer  # type: ignore[import-not-found]

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--setting", choices=["shipped", "tuned"], required=True)
    arguments = parser.parse_args()
    more = {"batch_max_size": 8, "batch_window_ms": 20} if arguments.setting == "tuned" else {}
    TranscriptionServer().run(
        "127.0.0.1",
        port=arguments.port,
        backend="faster_whisper",
        faster_whisper_custom_model_path=arguments.model,
        single_model=True,
        batch_enabled=True,
        max_clients=1000,
        max_connection_time=36_000,
        batch_max_queue_wait_s=1000.0,  # admission is off: a call is never refused
        batch_max_admissions_per_s=1000.0,
        **more,
    )


if __name__ == "__main__":
    main()
