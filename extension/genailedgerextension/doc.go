// Package genailedgerextension knows what each user, team, app, key and model has spent, and says when to stop.
// The tap asks it before a call, the processor tells it after.
package genailedgerextension
