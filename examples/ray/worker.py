"""A worker: an actor of Ray with a core of its own, and a socket to which the callers' lines come."""

import os
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from typing import Any

from calls import Calls
from opentelemetry import metrics
from websockets.asyncio.server import Request, Response, ServerConnection, serve

from realtime_sdk import DeviceError
from realtime_sdk.lines import MediaStreamLine
from realtime_sdk.telemetry import Telemetry


class Worker(Calls):
    """Carries calls on its event loop. `options` are those of `connect`."""

    def __init__(self, room: int = 20, meters: metrics.MeterProvider | None = None, **options: Any) -> None:
        super().__init__(room)
        self._options = options
        self._telemetry = partial(Telemetry, meter_provider=meters)
        meter = metrics.get_meter("calls", meter_provider=meters)
        meter.create_observable_gauge("calls", [lambda _: [metrics.Observation(len(self.here))]], "{call}")

    async def listen(self, host: str, port: int, address: str) -> str:
        """Take calls from now on. address: by which the gateway reaches this worker."""
        self._server = await serve(self.carry, host, port, process_request=self.probe)
        self.address = address.format(host=host, port=self._server.sockets[0].getsockname()[1])
        if "OTEL_EXPORTER_OTLP_ENDPOINT" in os.environ:
            export_metrics(self.address)
        return self.address

    async def wait_lost(self) -> None:
        """Wait for as long as the actor lives, after which Ray raises."""
        await self._server.wait_closed()

    def probe(self, connection: ServerConnection, request: Request) -> Response | None:
        """Answer the probes of Kubernetes: alive, because it answers; ready, if it takes another call."""
        ready = HTTPStatus.OK if self.takes_calls else HTTPStatus.SERVICE_UNAVAILABLE
        status = {"/healthz": HTTPStatus.OK, "/readyz": ready}.get(request.path)
        return None if status is None else connection.respond(status, f"{len(self.expected)} calls\n")

    async def carry(self, socket: ServerConnection) -> None:
        """Carry the call that a stream names as its parameter `call`; a stranger's stream is left at once."""
        with suppress(DeviceError):
            async with MediaStreamLine(socket, "twilio") as line:
                call_id = line.call.get("customParameters", {}).get("call")
                call = self.expected.get(call_id)
                if call is None or call_id in self.here:
                    return
                self.here[call_id] = call
                try:
                    await call.carry(line, tap=self._telemetry(), **self._options)
                finally:
                    del self.here[call_id]
                    self.leave(call_id, call)


def export_metrics(instance: str) -> None:
    """Send the metrics of this process to a collector, as the environment says (OTEL_…)."""
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
    from opentelemetry.sdk.resources import Resource

    reader = PeriodicExportingMetricReader(OTLPMetricExporter())
    metrics.set_meter_provider(MeterProvider([reader], Resource.create({"service.instance.id": instance})))
