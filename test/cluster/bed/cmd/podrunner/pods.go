package main

import (
	"context"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/retry"
)

type node struct {
	ctx    context.Context
	cfg    config
	client kubernetes.Interface
	pool   addressPool

	mu   sync.Mutex
	pods map[types.UID]*runningPod
}

type runningPod struct {
	pod        *corev1.Pod
	network    *podNetwork
	containers []*container
	stopping   context.Context // done once the pod is asked to go
	stop       context.CancelFunc
	gone       chan struct{} // closed once nothing of it is left
	dirty      chan struct{} // something in its status changed
}

func newNode(ctx context.Context, cfg config, client kubernetes.Interface) *node {
	return &node{ctx: ctx, cfg: cfg, client: client, pods: map[types.UID]*runningPod{}}
}

func (n *node) register() error {
	room := corev1.ResourceList{
		corev1.ResourceCPU: resource.MustParse("1000"), corev1.ResourceMemory: resource.MustParse("1000Gi"),
		corev1.ResourcePods: resource.MustParse("10000"), corev1.ResourceEphemeralStorage: resource.MustParse("1000Gi"),
	}
	object := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: n.cfg.NodeName, Labels: map[string]string{
		"kubernetes.io/hostname": n.cfg.NodeName, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64",
		"topology.kubernetes.io/zone": "zone-a", "topology.kubernetes.io/region": "bed",
	}}}
	created, err := n.client.CoreV1().Nodes().Create(n.ctx, object, metav1.CreateOptions{})
	if apierrors.IsAlreadyExists(err) {
		created, err = n.client.CoreV1().Nodes().Get(n.ctx, n.cfg.NodeName, metav1.GetOptions{})
	}
	if err != nil {
		return err
	}
	created.Status = corev1.NodeStatus{
		Capacity: room, Allocatable: room,
		Addresses:       []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: n.cfg.NodeIP}, {Type: corev1.NodeHostName, Address: n.cfg.NodeName}},
		Conditions:      []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue, Reason: "Ready", LastHeartbeatTime: metav1.Now(), LastTransitionTime: metav1.Now()}},
		DaemonEndpoints: corev1.NodeDaemonEndpoints{KubeletEndpoint: corev1.DaemonEndpoint{Port: logsPort}},
		NodeInfo:        corev1.NodeSystemInfo{OperatingSystem: "linux", Architecture: "amd64", KubeletVersion: "v1.36.3-bed"},
	}
	if created, err = n.client.CoreV1().Nodes().UpdateStatus(n.ctx, created, metav1.UpdateOptions{}); err != nil {
		return err
	}
	created.Spec.Taints = nil // admission puts not-ready on; no node controller runs to take it off
	_, err = n.client.CoreV1().Nodes().Update(n.ctx, created, metav1.UpdateOptions{})
	return err
}

func watchPods(factory informers.SharedInformerFactory, n *node) {
	observe := func(obj any) {
		if pod, ok := obj.(*corev1.Pod); ok && pod.Spec.NodeName == n.cfg.NodeName {
			n.observe(pod)
		}
	}
	_, _ = factory.Core().V1().Pods().Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    observe,
		UpdateFunc: func(_, obj any) { observe(obj) },
		DeleteFunc: func(obj any) {
			if tomb, ok := obj.(cache.DeletedFinalStateUnknown); ok {
				obj = tomb.Obj
			}
			if pod, ok := obj.(*corev1.Pod); ok {
				n.mu.Lock()
				running := n.pods[pod.UID]
				n.mu.Unlock()
				if running != nil {
					running.stop()
				}
			}
		},
	})
}

func (n *node) observe(pod *corev1.Pod) {
	n.mu.Lock()
	defer n.mu.Unlock()
	running, known := n.pods[pod.UID]
	switch {
	case known && pod.DeletionTimestamp != nil:
		running.stop()
	case known:
	case pod.DeletionTimestamp != nil:
		go n.forget(pod)
	case pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed:
	default:
		stopping, stop := context.WithCancel(n.ctx)
		running = &runningPod{pod: pod.DeepCopy(), stopping: stopping, stop: stop, gone: make(chan struct{}), dirty: make(chan struct{}, 1)}
		n.pods[pod.UID] = running
		go n.runPod(running)
	}
}

func (n *node) runPod(r *runningPod) {
	log := slog.With("pod", r.pod.Namespace+"/"+r.pod.Name)
	defer func() {
		n.mu.Lock()
		delete(n.pods, r.pod.UID)
		n.mu.Unlock()
		close(r.gone)
	}()
	ip := n.pool.take()
	network, err := newPodNetwork(ip, net.ParseIP(n.cfg.NodeIP))
	if err != nil {
		log.Error("no network", "error", err)
		return
	}
	r.network = network
	n.nameState(r.pod)
	volumes, err := n.mountVolumes(r)
	if err != nil {
		log.Error("no volumes", "error", err)
	}
	var running sync.WaitGroup
	if err == nil {
		for i := range r.pod.Spec.Containers {
			c := newContainer(n, r, &r.pod.Spec.Containers[i], volumes)
			r.containers = append(r.containers, c)
			running.Go(c.run)
		}
	}
	r.touch()
	finished := make(chan struct{})
	go func() {
		running.Wait()
		if err == nil && r.pod.Spec.RestartPolicy != corev1.RestartPolicyAlways {
			close(finished)
			return
		}
		<-r.stopping.Done()
		close(finished)
	}()
	for done := false; !done; {
		select {
		case <-finished:
			done = true
		case <-r.dirty:
		}
		if err := n.writeStatus(r); err != nil && !apierrors.IsNotFound(err) && n.ctx.Err() == nil {
			log.Warn("status not written", "error", err)
		}
		if !done {
			time.Sleep(20 * time.Millisecond) // gather changes
		}
	}
	if r.stopping.Err() == nil { // ran to its end: keep the object, wait for its deletion
		<-r.stopping.Done()
	}
	running.Wait()
	network.close()
	n.unmountVolumes(r)
	n.pool.release(ip)
	n.forget(r.pod)
}

// nameState notes which state directory a pod's name stands for now, for `bed signal`.
func (n *node) nameState(pod *corev1.Pod) {
	dir := filepath.Join(n.cfg.StateDir, "names", pod.Namespace)
	if err := os.MkdirAll(dir, 0o755); err == nil {
		_ = os.WriteFile(filepath.Join(dir, pod.Name), []byte(pod.UID), 0o644)
	}
}

// forget removes the API object of a pod of which nothing runs any more.
func (n *node) forget(pod *corev1.Pod) {
	if n.ctx.Err() != nil {
		return
	}
	now := int64(0)
	err := n.client.CoreV1().Pods(pod.Namespace).Delete(n.ctx, pod.Name, metav1.DeleteOptions{GracePeriodSeconds: &now, Preconditions: &metav1.Preconditions{UID: &pod.UID}})
	if err != nil && !apierrors.IsNotFound(err) && !apierrors.IsConflict(err) {
		slog.Warn("pod not removed", "pod", pod.Name, "error", err)
	}
}

func (r *runningPod) touch() {
	select {
	case r.dirty <- struct{}{}:
	default:
	}
}

func (n *node) writeStatus(r *runningPod) error {
	return retry.RetryOnConflict(retry.DefaultRetry, func() error {
		current, err := n.client.CoreV1().Pods(r.pod.Namespace).Get(n.ctx, r.pod.Name, metav1.GetOptions{ResourceVersion: "0"})
		if err != nil {
			return err
		}
		if current.UID != r.pod.UID {
			return nil
		}
		next := current.DeepCopy()
		r.fillStatus(&next.Status, n.cfg.NodeIP)
		_, err = n.client.CoreV1().Pods(r.pod.Namespace).UpdateStatus(n.ctx, next, metav1.UpdateOptions{})
		return err
	})
}

func (r *runningPod) fillStatus(status *corev1.PodStatus, nodeIP string) {
	ready, terminated, failed := true, 0, false
	statuses := make([]corev1.ContainerStatus, 0, len(r.containers))
	for _, c := range r.containers {
		s := c.status()
		ready = ready && s.Ready
		if s.State.Terminated != nil {
			terminated++
			failed = failed || s.State.Terminated.ExitCode != 0
		}
		statuses = append(statuses, s)
	}
	status.Phase = corev1.PodRunning
	if len(r.containers) == 0 {
		status.Phase, ready = corev1.PodPending, false
	} else if terminated == len(r.containers) && r.pod.Spec.RestartPolicy != corev1.RestartPolicyAlways {
		status.Phase = corev1.PodSucceeded
		if failed {
			status.Phase = corev1.PodFailed
		}
	}
	if status.StartTime == nil {
		now := metav1.Now()
		status.StartTime = &now
	}
	status.HostIP = nodeIP
	status.HostIPs = []corev1.HostIP{{IP: nodeIP}}
	status.PodIP = r.network.ip.String()
	status.PodIPs = []corev1.PodIP{{IP: r.network.ip.String()}}
	status.ContainerStatuses = statuses
	setCondition(status, corev1.PodInitialized, true)
	setCondition(status, corev1.ContainersReady, ready)
	setCondition(status, corev1.PodReady, ready)
}

func setCondition(status *corev1.PodStatus, kind corev1.PodConditionType, on bool) {
	value := corev1.ConditionFalse
	if on {
		value = corev1.ConditionTrue
	}
	for i := range status.Conditions {
		if c := &status.Conditions[i]; c.Type == kind {
			if c.Status != value {
				c.Status, c.LastTransitionTime = value, metav1.Now()
			}
			return
		}
	}
	status.Conditions = append(status.Conditions, corev1.PodCondition{Type: kind, Status: value, LastTransitionTime: metav1.Now()})
}

func (n *node) killAll(grace time.Duration) {
	n.mu.Lock()
	var left []*runningPod
	for _, r := range n.pods {
		r.stop()
		left = append(left, r)
	}
	n.mu.Unlock()
	deadline := time.After(grace)
	for _, r := range left {
		select {
		case <-r.gone:
		case <-deadline:
			return
		}
	}
}
