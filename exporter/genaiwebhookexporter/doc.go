// Package genaiwebhookexporter is the exporter gen_ai_webhook: it posts the log records of findings to a webhook, as JSON or in
// the form of Alertmanager's API.
package genaiwebhookexporter
