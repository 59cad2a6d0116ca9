"""Pipecat as a voice server: its transport, VAD, turn model, Whisper and Piper, a rule for an LLM.

Runs in a virtual environment of its own. Defaults are Pipecat's; what is set, and why, stands in
benchmarks/peers/README.md.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, WebSocket
from loguru import logger
from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.frames.frames import (
    Frame,
    InputAudioRawFrame,
    InterruptionFrame,
    LLMContextFrame,
    OutputAudioRawFrame,
    OutputTransportMessageFrame,
    OutputTransportMessageUrgentFrame,
    TTSSpeakFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import (
    LLMContextAggregatorPair,
    LLMUserAggregatorParams,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.serializers.base_serializer import FrameSerializer
from pipecat.services.piper.tts import PiperTTSService
from pipecat.services.whisper.stt import WhisperSTTService
from pipecat.transports.websocket.fastapi import FastAPIWebsocketParams, FastAPIWebsocketTransport
from pipecat.workers.runner import WorkerRunner

GREETING = "Hello. You are talking with a virtual assistant. What can I do for you?"
REPLY = "Thank you, I have written that down, and I have passed it on to the team. What else?"
AGAIN = "Sorry, could you say that again?"
RATE_IN, RATE_OUT = 16_000, 24_000
"""Pipecat's own defaults (Hz)."""


class BareSerializer(FrameSerializer):
    """Frames as this suite's callers send and hear them."""

    async def serialize(self, frame: Frame) -> str | bytes | None:
        match frame:
            case OutputAudioRawFrame():
                return frame.audio
            case InterruptionFrame():
                return json.dumps({"type": "clear"})
            case OutputTransportMessageFrame() | OutputTransportMessageUrgentFrame():
                return None if self.should_ignore_frame(frame) else json.dumps(frame.message)
            case _:
                return None

    async def deserialize(self, data: str | bytes) -> Frame | None:
        if isinstance(data, str):
            return None
        return InputAudioRawFrame(audio=data, sample_rate=RATE_IN, num_channels=1)


class Rule(FrameProcessor):
    """Stands where an LLM would stand: each turn of the caller gets one sentence at once."""

    def __init__(self, echo: bool) -> None:
        super().__init__()
        self._echo = echo

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if not isinstance(frame, LLMContextFrame):
            await self.push_frame(frame, direction)
            return
        last = frame.context.messages[-1]
        # A turn without words: Pipecat asks the LLM, as a developer, to ask the caller again.
        said = str(last["content"]) if last["role"] == "user" else ""
        answer = (f"You said: {said}" if self._echo else REPLY) if said else AGAIN
        await self.push_frame(OutputTransportMessageUrgentFrame({"type": "final", "text": said}))
        await self.push_frame(TTSSpeakFrame(answer))


async def talk(websocket: WebSocket, options: argparse.Namespace) -> None:
    transport = FastAPIWebsocketTransport(
        websocket,
        FastAPIWebsocketParams(
            audio_in_enabled=True, audio_out_enabled=True, serializer=BareSerializer()
        ),
    )
    hear = WhisperSTTService(
        device="cpu",
        compute_type="int8",
        settings=WhisperSTTService.Settings(model=str(options.whisper)),
    )
    speak = PiperTTSService(
        download_dir=options.voice.parent,
        settings=PiperTTSService.Settings(voice=options.voice.stem),
    )
    user, assistant = LLMContextAggregatorPair(
        LLMContext(), user_params=LLMUserAggregatorParams(vad_analyzer=SileroVADAnalyzer())
    )
    worker = PipelineWorker(
        Pipeline(
            [
                transport.input(),
                hear,
                user,
                Rule(options.echo),
                speak,
                transport.output(),
                assistant,
            ]
        )
    )

    @transport.event_handler("on_client_connected")
    async def connected(_transport: Any, _websocket: WebSocket) -> None:
        await websocket.send_text(json.dumps({"type": "ready", "rate": RATE_OUT}))
        await worker.queue_frames([TTSSpeakFrame(GREETING)])

    @transport.event_handler("on_client_disconnected")
    async def gone(_transport: Any, _websocket: WebSocket) -> None:
        await worker.cancel()

    runner = WorkerRunner(handle_sigint=False, force_gc=True)
    await runner.add_workers(worker)
    await runner.run()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--whisper", type=Path, required=True)
    parser.add_argument("--voice", type=Path, required=True)
    parser.add_argument("--echo", action="store_true", help="Say the caller's words again.")
    parser.add_argument("--log", default="WARNING")
    options = parser.parse_args()
    logger.remove()
    logger.add(lambda line: print(line, end="", flush=True), level=options.log)
    app = FastAPI()

    @app.websocket("/")
    async def call(websocket: WebSocket) -> None:
        await websocket.accept()
        await talk(websocket, options)

    uvicorn.run(app, host="127.0.0.1", port=options.port, log_level="warning")


if __name__ == "__main__":
    main()
