// Command podrunner is the node of the bed. It stands where a kubelet and a
// container runtime would: each pod is one network namespace, and each
// container one process in it, on an overlay of this machine's own root
// filesystem, so an image is only a name for a program that is installed here
// (see the images file). It also hands out load-balancer addresses and answers
// cluster DNS. Everything above the node (scheduling, deployments,
// endpoint slices, kube-proxy) is the real thing.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

type config struct {
	NodeName  string           // name of the Node object
	NodeIP    string           // address of the node inside the bed's namespace
	StateDir  string           // container root filesystems and volumes
	LogDir    string           // NAMESPACE_POD_CONTAINER.log, which outlive their pods
	Images    map[string]image // by image repository (no tag)
	APIServer string           // host of the API server as pods reach it
}

func main() {
	var cfg config
	kubeconfig := flag.String("kubeconfig", "", "path of the admin kubeconfig")
	images := flag.String("images", "", "JSON file: image repository to what it stands for")
	flag.StringVar(&cfg.NodeName, "node", "bed", "node name")
	flag.StringVar(&cfg.NodeIP, "node-ip", "172.30.0.1", "node address")
	flag.StringVar(&cfg.StateDir, "state", "", "state directory, on tmpfs")
	flag.StringVar(&cfg.LogDir, "logs", "", "directory of the containers' logs")
	flag.StringVar(&cfg.APIServer, "api-server", "10.96.0.1", "API server host for pods")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, cfg, *kubeconfig, *images); err != nil {
		slog.Error("podrunner stopped", "error", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, cfg config, kubeconfig, images string) error {
	raw, err := os.ReadFile(images)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, &cfg.Images); err != nil {
		return err
	}
	rest, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	rest.QPS, rest.Burst = 500, 1000
	client, err := kubernetes.NewForConfig(rest)
	if err != nil {
		return err
	}
	factory := informers.NewSharedInformerFactory(client, 0)
	node := newNode(ctx, cfg, client)

	if err := node.register(); err != nil {
		return err
	}
	watchPods(factory, node)
	watchServices(factory, client)
	dns, err := startDNS(ctx, cfg.NodeIP, factory)
	if err != nil {
		return err
	}
	defer dns.Shutdown()
	if err := serveLogs(ctx, cfg, node); err != nil {
		return err
	}
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	slog.Info("node ready", "node", cfg.NodeName)
	<-ctx.Done()
	node.killAll(2 * time.Second)
	return nil
}
