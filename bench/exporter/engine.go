package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/extension/extensiontest"

	"github.com/llmtap/llmtap/extension/clickhouseembeddedextension"
)

// engineMode is the argument that makes this program the engine.
const engineMode = "engine"

// runEngine serves until its standard input ends.
func runEngine(folder string) error {
	ctx := context.Background()
	factory := clickhouseembeddedextension.NewFactory()
	config := factory.CreateDefaultConfig().(*clickhouseembeddedextension.Config)
	config.Endpoint, config.DataDir = "127.0.0.1:0", folder
	engine, err := factory.Create(ctx, extensiontest.NewNopSettings(factory.Type()), config)
	if err != nil {
		return err
	}
	if err := engine.Start(ctx, componenttest.NewNopHost()); err != nil {
		return err
	}
	fmt.Println(engine.(*clickhouseembeddedextension.Extension).Addr())
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		return err
	}
	return engine.Shutdown(ctx)
}
