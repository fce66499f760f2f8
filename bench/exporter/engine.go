package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/llmtap/llmtap/bench/embedded"
	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension"
)

// engineMode is the argument that makes this program the engine.
const engineMode = "engine"

// runEngine serves until its standard input ends.
func runEngine(folder string) error {
	ctx := context.Background()
	engine, err := embedded.Open(ctx, folder, func(*clickhouseembeddedextension.Config) {})
	if err != nil {
		return err
	}
	fmt.Println(engine.Addr())
	_, err = io.Copy(io.Discard, os.Stdin)
	return errors.Join(err, engine.Close(ctx))
}
