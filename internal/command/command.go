// Package command is what the programs of cmd have in common: how they begin, read their command lines, are stopped and fail.
package command

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// Main runs a program with the arguments that it was started with. An interrupt or SIGTERM ends its context. An error is printed
// behind the program's name and makes the exit status 1, but for that of a flag that asks for help.
func Main(name string, run func(ctx context.Context, args []string, stdout, stderr io.Writer) error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, name+":", err)
		os.Exit(1)
	}
}

// Parse reads a command line into flags; help and mistakes are written to stderr. What stands on it without a name is refused, for flags
// that follow would be passed over; the hint says how to write it.
func Parse(flags *flag.FlagSet, args []string, stderr io.Writer, hint string) error {
	flags.SetOutput(stderr)
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("%q is not understood, nor is what follows it: %s", flags.Arg(0), hint)
	}
	return nil
}
