# llmtap without an embedded engine, for config/server.yaml and config/sidecar.yaml.
FROM golang:1.26 AS build
WORKDIR /src
COPY . .
RUN make bin/llmtap && CGO_ENABLED=0 go build -trimpath -o bin/llmtapctl ./cmd/llmtapctl && mkdir /data

FROM gcr.io/distroless/base-debian12:nonroot
COPY --from=build /src/bin/llmtap /src/bin/llmtapctl /usr/local/bin/
COPY config /etc/llmtap
COPY --from=build --chown=nonroot:nonroot /data /var/lib/llmtap
WORKDIR /var/lib/llmtap
ENTRYPOINT ["/usr/local/bin/llmtap"]
CMD ["--config", "/etc/llmtap/server.yaml"]
