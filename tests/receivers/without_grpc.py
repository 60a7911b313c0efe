"""Phoenix without the gRPC port it has beside HTTP, which would be open on every interface of the machine."""

import sys

from phoenix.server import app
from phoenix.server.grpc_server import GrpcServer

app.GrpcServer = lambda *given, **named: GrpcServer(*given, **named | {"disabled": True})

if __name__ == "__main__":
    from phoenix.server.main import main

    sys.argv = ["phoenix", "serve"]
    main()
