package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// image is what an image's name stands for: a program of this machine, and
// which of its files are where in the container. A JSON list is the command
// alone.
type image struct {
	Command []string          `json:"command"`
	Mounts  map[string]string `json:"mounts"` // path in the container to path on this machine
}

func (i *image) UnmarshalJSON(raw []byte) error {
	if bytes.HasPrefix(raw, []byte("[")) {
		return json.Unmarshal(raw, &i.Command)
	}
	type plain image
	return json.Unmarshal(raw, (*plain)(i))
}

var errNoImage = errors.New("no program stands for this image")

// command is what the container runs, and the image's mounts.
func (n *node) command(c *corev1.Container) ([]string, map[string]string, error) {
	i, ok := n.cfg.Images[repository(c.Image)]
	switch {
	case len(c.Command) > 0:
		return slices.Concat(c.Command, c.Args), i.Mounts, nil
	case !ok:
		return nil, nil, fmt.Errorf("%w: %s", errNoImage, c.Image)
	}
	return slices.Concat(i.Command, c.Args), i.Mounts, nil
}

// repository is the image's name without registry, tag and digest.
func repository(image string) string {
	image, _, _ = strings.Cut(image, "@")
	if slash, colon := strings.LastIndex(image, "/"), strings.LastIndex(image, ":"); colon > slash {
		image = image[:colon]
	}
	if host, rest, ok := strings.Cut(image, "/"); ok && strings.ContainsAny(host, ".:") {
		return rest
	}
	return image
}

// prepare makes the container's root (an overlay of this machine's own, with
// its volumes bound in) and returns the command that enters it.
func (c *container) prepare() (*exec.Cmd, error) {
	argv, files, err := c.node.command(c.spec)
	if err != nil {
		return nil, err
	}
	env, err := c.environment()
	if err != nil {
		return nil, err
	}
	expand := func(s string) string {
		for _, kv := range env {
			k, v, _ := strings.Cut(kv, "=")
			s = strings.ReplaceAll(s, "$("+k+")", v)
		}
		return s
	}
	for i := range argv {
		argv[i] = expand(argv[i])
	}
	dir := c.dir()
	root := filepath.Join(dir, "root")
	for _, d := range []string{"upper/etc", "work", "root"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			return nil, err
		}
	}
	resolv := fmt.Sprintf("nameserver %s\nsearch %s.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n", c.node.cfg.NodeIP, c.pod.pod.Namespace)
	if err := os.WriteFile(filepath.Join(dir, "upper/etc/resolv.conf"), []byte(resolv), 0o644); err != nil {
		return nil, err
	}
	var script strings.Builder
	script.WriteString("set -e\nmount --make-rprivate /\n")
	fmt.Fprintf(&script, "echo %s >/proc/sys/kernel/hostname\n", quote(c.pod.pod.Name))
	fmt.Fprintf(&script, "mount -t overlay -o lowerdir=/,upperdir=%[1]s/upper,workdir=%[1]s/work overlay %[2]s\n", dir, root)
	for _, m := range []string{"proc", "sys", "dev"} {
		fmt.Fprintf(&script, "mount --rbind /%[1]s %[2]s/%[1]s\n", m, root)
	}
	fmt.Fprintf(&script, "mount -t tmpfs tmpfs %s/dev/shm\n", root)
	// Inside the chroot, so that a link on the way (/var/run) stays in it.
	bind := func(source, target string) {
		if info, err := os.Stat(source); err == nil && !info.IsDir() {
			fmt.Fprintf(&script, "chroot %[1]s mkdir -p %[2]s; chroot %[1]s touch %[3]s\n", root, quote(filepath.Dir(target)), quote(target))
		} else {
			fmt.Fprintf(&script, "chroot %s mkdir -p %s\n", root, quote(target))
		}
		fmt.Fprintf(&script, "mount --bind %s \"%s$(chroot %s realpath %s)\"\n", quote(source), root, root, quote(target))
	}
	for _, target := range slices.Sorted(maps.Keys(files)) {
		bind(files[target], target)
	}
	for _, m := range c.spec.VolumeMounts {
		source, ok := c.volumes[m.Name]
		if !ok {
			return nil, fmt.Errorf("volume %q is of a kind the bed has not", m.Name)
		}
		bind(filepath.Join(source, m.SubPath), m.MountPath)
	}
	workdir := c.spec.WorkingDir
	if workdir == "" {
		workdir = "/"
	}
	security := c.security()
	if security.readOnly {
		fmt.Fprintf(&script, "mount -o remount,ro %s\n", root)
	}
	fmt.Fprintf(&script, "exec chroot %s sh -c 'cd \"$0\" && exec \"$@\"' %s", root, quote(workdir))
	for _, a := range slices.Concat(security.command, argv) {
		script.WriteString(" " + quote(a))
	}
	cmd := exec.Command("/bin/sh", "-c", script.String())
	cmd.Env = env
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWIPC | syscall.CLONE_NEWUTS}
	cmd.WaitDelay = time.Second
	return cmd, nil
}

// security is what the bed keeps of a security context: the user, the
// capabilities, no new privileges and a read-only root.
type security struct {
	command  []string // put before the container's own
	readOnly bool
}

func (c *container) security() security {
	pod, own := c.pod.pod.Spec.SecurityContext, c.spec.SecurityContext
	if pod == nil {
		pod = &corev1.PodSecurityContext{}
	}
	if own == nil {
		own = &corev1.SecurityContext{}
	}
	var s security
	if user := first(own.RunAsUser, pod.RunAsUser); user != nil {
		group := int64(0)
		if g := first(own.RunAsGroup, pod.RunAsGroup); g != nil {
			group = *g
		}
		s.command = append(s.command, fmt.Sprintf("--reuid=%d", *user), fmt.Sprintf("--regid=%d", group), "--clear-groups")
	}
	if caps := own.Capabilities; caps != nil && slices.Contains(caps.Drop, "ALL") {
		set := "-all"
		for _, added := range caps.Add {
			set += ",+" + strings.ToLower(string(added))
		}
		s.command = append(s.command, "--inh-caps=-all", "--bounding-set="+set)
	}
	if own.AllowPrivilegeEscalation != nil && !*own.AllowPrivilegeEscalation {
		s.command = append(s.command, "--no-new-privs")
	}
	if len(s.command) > 0 {
		s.command = slices.Concat([]string{"setpriv"}, s.command)
	}
	s.readOnly = own.ReadOnlyRootFilesystem != nil && *own.ReadOnlyRootFilesystem
	return s
}

func first(values ...*int64) *int64 {
	for _, v := range values {
		if v != nil {
			return v
		}
	}
	return nil
}
