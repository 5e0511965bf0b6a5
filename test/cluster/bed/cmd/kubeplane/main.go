// Command kubeplane is a whole Kubernetes control plane in one binary: its
// first argument names the component, the others are that component's own
// flags (etcd takes a config file). Called by a component's name (a link to it
// called kubectl), it is that component.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/embed"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	kubectl "k8s.io/kubectl/pkg/cmd"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	proxy "k8s.io/kubernetes/cmd/kube-proxy/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
)

// Only the component asked for is built: some install their signal handler as
// they are, and a process can hold one.
var components = map[string]func() *cobra.Command{
	"etcd":                    etcd,
	"kube-apiserver":          apiserver.NewAPIServerCommand,
	"kube-controller-manager": controllermanager.NewControllerManagerCommand,
	"kube-proxy":              proxy.NewProxyCommand,
	"kube-scheduler":          func() *cobra.Command { return scheduler.NewSchedulerCommand() },
	"kubectl":                 kubectl.NewDefaultKubectlCommand,
}

func main() {
	name, args := filepath.Base(os.Args[0]), os.Args[1:]
	if components[name] == nil && len(args) > 0 {
		name, args = args[0], args[1:]
	}
	if components[name] == nil {
		fmt.Fprintln(os.Stderr, "usage: kubeplane etcd|kube-apiserver|kube-controller-manager|kube-proxy|kube-scheduler|kubectl [FLAGS]")
		os.Exit(2)
	}
	command := components[name]()
	command.SetArgs(args)
	os.Exit(cli.Run(command))
}

func etcd() *cobra.Command {
	return &cobra.Command{
		Use:  "etcd CONFIG_FILE",
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			cfg, err := embed.ConfigFromFile(args[0])
			if err != nil {
				return err
			}
			server, err := embed.StartEtcd(cfg)
			if err != nil {
				return err
			}
			return <-server.Err()
		},
	}
}
