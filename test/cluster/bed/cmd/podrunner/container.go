package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// container runs one container's process, again and again where the pod's
// restart policy says so, and keeps its status.
type container struct {
	node    *node
	pod     *runningPod
	spec    *corev1.Container
	volumes map[string]string // volume name to its path on this machine

	mu        sync.Mutex
	state     corev1.ContainerState
	last      corev1.ContainerState
	restarts  int32
	ready     bool
	startedOK bool
}

func newContainer(n *node, r *runningPod, spec *corev1.Container, volumes map[string]string) *container {
	return &container{node: n, pod: r, spec: spec, volumes: volumes,
		state: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "ContainerCreating"}}}
}

func (c *container) run() {
	backoff := 200 * time.Millisecond
	for {
		began := time.Now()
		code := c.once()
		policy := c.pod.pod.Spec.RestartPolicy
		if c.pod.stopping.Err() != nil || policy == corev1.RestartPolicyNever || (policy == corev1.RestartPolicyOnFailure && code == 0) {
			return
		}
		if time.Since(began) > 10*time.Second {
			backoff = 200 * time.Millisecond
		}
		select {
		case <-c.pod.stopping.Done():
			return
		case <-time.After(backoff):
		}
		backoff = min(backoff*2, 10*time.Second)
		c.mu.Lock()
		c.restarts++
		c.mu.Unlock()
	}
}

// once runs the process to its end and returns its exit code.
func (c *container) once() int {
	began := metav1.Now()
	ended := func(code int, reason, message string) int {
		c.mu.Lock()
		c.ready, c.startedOK = false, false
		c.last = c.state
		c.state = corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: int32(code), Reason: reason, Message: message, StartedAt: began, FinishedAt: metav1.Now()}}
		c.mu.Unlock()
		c.pod.touch()
		return code
	}
	cmd, err := c.prepare()
	if err != nil {
		slog.Error("container not created", "pod", c.pod.pod.Name, "container", c.spec.Name, "error", err)
		return ended(128, "CreateContainerError", err.Error())
	}
	logFile, err := os.OpenFile(c.node.cfg.logPath(c.pod.pod.Namespace, c.pod.pod.Name, c.spec.Name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return ended(128, "CreateContainerError", err.Error())
	}
	defer logFile.Close()
	stamped := &stampWriter{file: logFile}
	cmd.Stdout, cmd.Stderr = stamped, stamped
	if err := c.pod.network.start(cmd); err != nil {
		return ended(128, "StartError", err.Error())
	}
	_ = os.WriteFile(filepath.Join(c.dir(), "pid"), []byte(strconv.Itoa(cmd.Process.Pid)), 0o644) // for `bed signal`
	c.mu.Lock()
	c.state = corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: began}}
	c.mu.Unlock()

	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }()
	probing, endProbes := context.WithCancel(c.pod.stopping)
	defer endProbes()
	go c.probe(probing, cmd.Process.Pid)

	select {
	case err = <-exited:
	case <-c.pod.stopping.Done():
		err = c.terminate(cmd, exited)
	}
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // stragglers of its group
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return ended(exit.ExitCode(), "Error", "")
	}
	return ended(0, "Completed", "")
}

// terminate follows the pod's termination: preStop, SIGTERM, and SIGKILL once
// the grace period is over.
func (c *container) terminate(cmd *exec.Cmd, exited <-chan error) error {
	grace := 30 * time.Second
	if s := c.pod.pod.Spec.TerminationGracePeriodSeconds; s != nil {
		grace = time.Duration(*s) * time.Second
	}
	if c.node.ctx.Err() != nil {
		grace = time.Second
	}
	deadline := time.After(grace)
	if hook := c.spec.Lifecycle; hook != nil && hook.PreStop != nil && c.node.ctx.Err() == nil {
		switch {
		case hook.PreStop.Sleep != nil:
			select {
			case <-time.After(time.Duration(hook.PreStop.Sleep.Seconds) * time.Second):
			case <-deadline:
			case err := <-exited:
				return err
			}
		case hook.PreStop.HTTPGet != nil:
			_ = c.httpGet(context.Background(), hook.PreStop.HTTPGet, grace)
		}
	}
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
	select {
	case err := <-exited:
		return err
	case <-deadline:
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		return <-exited
	}
}

func (c *container) environment() ([]string, error) {
	pod := c.pod.pod
	env := []string{"PATH=" + os.Getenv("PATH"), "HOME=/root", "HOSTNAME=" + pod.Name,
		"KUBERNETES_SERVICE_HOST=" + c.node.cfg.APIServer, "KUBERNETES_SERVICE_PORT=443", "KUBERNETES_SERVICE_PORT_HTTPS=443"}
	values := map[string]string{}
	for _, e := range c.spec.Env {
		value := e.Value
		if from := e.ValueFrom; from != nil {
			var err error
			switch {
			case from.FieldRef != nil:
				value = c.podField(from.FieldRef.FieldPath)
			case from.SecretKeyRef != nil:
				secret, getErr := c.node.client.CoreV1().Secrets(pod.Namespace).Get(c.node.ctx, from.SecretKeyRef.Name, metav1.GetOptions{})
				if err = getErr; err == nil {
					value = string(secret.Data[from.SecretKeyRef.Key])
				}
			case from.ConfigMapKeyRef != nil:
				configMap, getErr := c.node.client.CoreV1().ConfigMaps(pod.Namespace).Get(c.node.ctx, from.ConfigMapKeyRef.Name, metav1.GetOptions{})
				if err = getErr; err == nil {
					value = configMap.Data[from.ConfigMapKeyRef.Key]
				}
			}
			if err != nil {
				return nil, fmt.Errorf("env %s: %w", e.Name, err)
			}
		}
		for k, v := range values {
			value = strings.ReplaceAll(value, "$("+k+")", v)
		}
		values[e.Name] = value
		env = append(env, e.Name+"="+value)
	}
	return env, nil
}

func (c *container) podField(path string) string {
	pod := c.pod.pod
	switch path {
	case "metadata.name":
		return pod.Name
	case "metadata.namespace":
		return pod.Namespace
	case "metadata.uid":
		return string(pod.UID)
	case "spec.nodeName":
		return pod.Spec.NodeName
	case "spec.serviceAccountName":
		return pod.Spec.ServiceAccountName
	case "status.podIP", "status.podIPs":
		return c.pod.network.ip.String()
	case "status.hostIP":
		return c.node.cfg.NodeIP
	}
	for prefix, set := range map[string]map[string]string{"metadata.labels['": pod.Labels, "metadata.annotations['": pod.Annotations} {
		if strings.HasPrefix(path, prefix) {
			return set[strings.TrimSuffix(strings.TrimPrefix(path, prefix), "']")]
		}
	}
	return ""
}

// probe keeps c.ready true to the readiness probe (or to the process running,
// where there is none), and kills the process where the liveness probe fails.
func (c *container) probe(ctx context.Context, pid int) {
	if p := c.spec.StartupProbe; p != nil && !c.await(ctx, p) {
		return
	}
	c.set(func() { c.startedOK = true; c.ready = c.spec.ReadinessProbe == nil })
	if p := c.spec.LivenessProbe; p != nil {
		go c.watch(ctx, p, func(ok bool) {
			if !ok {
				_ = syscall.Kill(-pid, syscall.SIGKILL)
			}
		})
	}
	if p := c.spec.ReadinessProbe; p != nil {
		c.watch(ctx, p, func(ok bool) { c.set(func() { c.ready = ok }) })
	}
}

func (c *container) set(change func()) {
	c.mu.Lock()
	before := c.ready
	change()
	changed := before != c.ready
	c.mu.Unlock()
	if changed {
		c.pod.touch()
	}
}

func (c *container) await(ctx context.Context, p *corev1.Probe) bool {
	done, ok := context.WithCancel(ctx)
	defer ok()
	c.watch(done, p, func(passed bool) {
		if passed {
			ok()
		}
	})
	return ctx.Err() == nil
}

// watch tries the probe every period, and tells each change of its result.
func (c *container) watch(ctx context.Context, p *corev1.Probe, tell func(bool)) {
	period := time.Duration(max(p.PeriodSeconds, 1)) * time.Second
	limit := time.Duration(max(p.TimeoutSeconds, 1)) * time.Second
	passes, failures, state, known := int32(0), int32(0), false, false
	wait := time.Duration(p.InitialDelaySeconds)*time.Second + 50*time.Millisecond
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		wait = period
		if c.try(ctx, p, limit) {
			passes, failures = passes+1, 0
		} else {
			passes, failures = 0, failures+1
			if !known {
				wait = min(period, 250*time.Millisecond) // a fresh process: look again soon
			}
		}
		if ctx.Err() != nil {
			return
		}
		if passes >= max(p.SuccessThreshold, 1) && (!known || !state) {
			known, state = true, true
			tell(true)
		} else if known && state && failures >= max(p.FailureThreshold, 1) {
			state = false
			tell(false)
		}
	}
}

func (c *container) try(ctx context.Context, p *corev1.Probe, limit time.Duration) bool {
	switch {
	case p.HTTPGet != nil:
		return c.httpGet(ctx, p.HTTPGet, limit) == nil
	case p.TCPSocket != nil:
		return c.dial(p.TCPSocket.Port, limit)
	case p.GRPC != nil:
		return c.dial(intstr.FromInt32(p.GRPC.Port), limit)
	}
	return true // exec: taken as passed
}

func (c *container) dial(port intstr.IntOrString, limit time.Duration) bool {
	conn, err := net.DialTimeout("tcp", net.JoinHostPort(c.pod.network.ip.String(), c.port(port)), limit)
	if err == nil {
		conn.Close()
	}
	return err == nil
}

var probeClient = &http.Client{Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}

func (c *container) httpGet(ctx context.Context, get *corev1.HTTPGetAction, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	host := get.Host
	if host == "" {
		host = c.pod.network.ip.String()
	}
	scheme := strings.ToLower(string(get.Scheme))
	if scheme == "" {
		scheme = "http"
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, scheme+"://"+net.JoinHostPort(host, c.port(get.Port))+get.Path, nil)
	if err != nil {
		return err
	}
	for _, h := range get.HTTPHeaders {
		req.Header.Set(h.Name, h.Value)
	}
	res, err := probeClient.Do(req)
	if err != nil {
		return err
	}
	res.Body.Close()
	if res.StatusCode < 200 || res.StatusCode >= 400 {
		return fmt.Errorf("status %d", res.StatusCode)
	}
	return nil
}

func (c *container) port(p intstr.IntOrString) string {
	if p.Type == intstr.Int {
		return strconv.Itoa(p.IntValue())
	}
	for _, named := range c.spec.Ports {
		if named.Name == p.StrVal {
			return strconv.Itoa(int(named.ContainerPort))
		}
	}
	return p.StrVal
}

func (c *container) status() corev1.ContainerStatus {
	c.mu.Lock()
	defer c.mu.Unlock()
	started := c.startedOK
	ready := c.ready && c.state.Running != nil
	return corev1.ContainerStatus{Name: c.spec.Name, Image: c.spec.Image, ImageID: "bed/" + c.spec.Image, ContainerID: "bed://" + string(c.pod.pod.UID),
		State: c.state, LastTerminationState: c.last, RestartCount: c.restarts, Ready: ready, Started: &started}
}

func (c *container) dir() string {
	return filepath.Join(c.node.cfg.StateDir, string(c.pod.pod.UID), c.spec.Name)
}

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
