package chdb

import (
	"bytes"
	_ "embed"
	"os"
	"path/filepath"
	"strings"
)

// users.xml is the engine's list of users: the one that every connection is, and the roles that a connection has, all until Confine.
//
//go:embed users.xml
var users []byte

// writeUsers puts the list into the data folder, where the engine reads it while it opens. It writes only what is new: the disk may be full.
func writeUsers(dataFolder string) (path string, err error) {
	path = filepath.Join(dataFolder, "llmtap.users.xml")
	if written, err := os.ReadFile(path); err == nil && bytes.Equal(written, users) {
		return path, nil
	}
	if err := os.MkdirAll(dataFolder, 0o750); err != nil {
		return "", err
	}
	return path, os.WriteFile(path, users, 0o600)
}

// Confine takes every right from the connection but to read tables. SET ROLE would give them back, so no statement of that kind may follow.
func (c *Conn) Confine() error { return c.Exec("SET ROLE reader") }

// hideFiles makes the database default one like others. The engine opens it with every file of the machine as a table of that name, which
// stays open to everyone once an owner has read it.
func (c *Conn) hideFiles() error {
	result, err := c.Query("SELECT uuid FROM system.databases WHERE name = 'default' AND engine != 'Atomic'", "TSVRaw")
	if err != nil {
		return err
	}
	defer result.Close()
	uuid := strings.TrimSpace(string(result.Bytes()))
	if uuid == "" {
		return nil
	}
	return c.Exec("DETACH DATABASE default; ATTACH DATABASE default UUID '" + uuid + "' ENGINE = Atomic")
}
