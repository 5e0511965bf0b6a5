package main

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	authv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// volumeRefresh is how often configMap, secret and token volumes are written
// anew, as a kubelet does.
const volumeRefresh = 5 * time.Second

// mountVolumes writes every volume of the pod under the state directory, waits
// for the objects they come from, and keeps them fresh until the pod stops.
func (n *node) mountVolumes(r *runningPod) (map[string]string, error) {
	paths := map[string]string{}
	for {
		var missing error
		for _, v := range r.pod.Spec.Volumes {
			dir := filepath.Join(n.cfg.StateDir, string(r.pod.UID), "volumes", v.Name)
			if v.HostPath != nil {
				paths[v.Name] = v.HostPath.Path
				continue
			}
			if err := os.MkdirAll(dir, 0o755); err != nil {
				return nil, err
			}
			if v.EmptyDir != nil {
				if err := os.Chmod(dir, 0o777); err != nil { // whoever the container runs as
					return nil, err
				}
			}
			paths[v.Name] = dir
			if err := n.writeVolume(r, v, dir); err != nil {
				missing = fmt.Errorf("volume %s: %w", v.Name, err)
			}
		}
		if missing == nil {
			break
		}
		select {
		case <-r.stopping.Done():
			return nil, missing
		case <-time.After(200 * time.Millisecond):
		}
	}
	go func() {
		for {
			select {
			case <-r.stopping.Done():
				return
			case <-time.After(volumeRefresh):
			}
			for _, v := range r.pod.Spec.Volumes {
				if v.Secret != nil || v.ConfigMap != nil || v.Projected != nil {
					if err := n.writeVolume(r, v, paths[v.Name]); err != nil && r.stopping.Err() == nil {
						slog.Debug("volume not refreshed", "volume", v.Name, "error", err)
					}
				}
			}
		}
	}()
	return paths, nil
}

func (n *node) unmountVolumes(r *runningPod) {
	time.AfterFunc(30*time.Second, func() { // its logs stay readable for a while
		_ = os.RemoveAll(filepath.Join(n.cfg.StateDir, string(r.pod.UID)))
	})
}

func (n *node) writeVolume(r *runningPod, v corev1.Volume, dir string) error {
	files := map[string][]byte{}
	switch {
	case v.Secret != nil:
		if err := n.addSecret(files, r.pod.Namespace, v.Secret.SecretName, v.Secret.Items, v.Secret.Optional); err != nil {
			return err
		}
	case v.ConfigMap != nil:
		if err := n.addConfigMap(files, r.pod.Namespace, v.ConfigMap.Name, v.ConfigMap.Items, v.ConfigMap.Optional); err != nil {
			return err
		}
	case v.Projected != nil:
		for _, source := range v.Projected.Sources {
			var err error
			switch {
			case source.Secret != nil:
				err = n.addSecret(files, r.pod.Namespace, source.Secret.Name, source.Secret.Items, source.Secret.Optional)
			case source.ConfigMap != nil:
				err = n.addConfigMap(files, r.pod.Namespace, source.ConfigMap.Name, source.ConfigMap.Items, source.ConfigMap.Optional)
			case source.DownwardAPI != nil:
				for _, item := range source.DownwardAPI.Items {
					if item.FieldRef != nil {
						c := container{node: n, pod: r}
						files[item.Path] = []byte(c.podField(item.FieldRef.FieldPath))
					}
				}
			case source.ServiceAccountToken != nil:
				if _, err = os.Stat(filepath.Join(dir, source.ServiceAccountToken.Path)); err == nil {
					continue // good for as long as any bed runs
				}
				err = n.addToken(files, r.pod, source.ServiceAccountToken)
			}
			if err != nil {
				return err
			}
		}
	case v.DownwardAPI != nil:
		for _, item := range v.DownwardAPI.Items {
			if item.FieldRef != nil {
				c := container{node: n, pod: r}
				files[item.Path] = []byte(c.podField(item.FieldRef.FieldPath))
			}
		}
	}
	return writeAtomically(dir, files)
}

// writeAtomically lays files out as a kubelet does: the visible names are links
// through ..data, and ..data moves to a fresh folder in one rename.
func writeAtomically(dir string, files map[string][]byte) error {
	if len(files) == 0 {
		return nil
	}
	same := true
	for name, content := range files {
		old, err := os.ReadFile(filepath.Join(dir, name))
		same = same && err == nil && string(old) == string(content)
	}
	if same {
		return nil
	}
	fresh := fmt.Sprintf("..%d", time.Now().UnixNano())
	previous, _ := os.Readlink(filepath.Join(dir, "..data"))
	for name, content := range files {
		path := filepath.Join(dir, fresh, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			return err
		}
	}
	if previous != "" { // what this round did not write stays as it was
		entries, _ := os.ReadDir(filepath.Join(dir, previous))
		for _, e := range entries {
			if _, err := os.Stat(filepath.Join(dir, fresh, e.Name())); err != nil {
				if content, err := os.ReadFile(filepath.Join(dir, previous, e.Name())); err == nil {
					_ = os.WriteFile(filepath.Join(dir, fresh, e.Name()), content, 0o644)
				}
			}
		}
	}
	link := filepath.Join(dir, "..data_tmp")
	if err := os.Symlink(fresh, link); err != nil {
		return err
	}
	if err := os.Rename(link, filepath.Join(dir, "..data")); err != nil {
		return err
	}
	for name := range files {
		first, _, _ := strings.Cut(name, "/")
		if _, err := os.Lstat(filepath.Join(dir, first)); os.IsNotExist(err) {
			if err := os.Symlink(filepath.Join("..data", first), filepath.Join(dir, first)); err != nil {
				return err
			}
		}
	}
	if previous != "" {
		return os.RemoveAll(filepath.Join(dir, previous))
	}
	return nil
}

func (n *node) addSecret(files map[string][]byte, namespace, name string, items []corev1.KeyToPath, optional *bool) error {
	secret, err := n.client.CoreV1().Secrets(namespace).Get(n.ctx, name, metav1.GetOptions{ResourceVersion: "0"})
	if apierrors.IsNotFound(err) && optional != nil && *optional {
		return nil
	}
	if err != nil {
		return err
	}
	add(files, secret.Data, items)
	return nil
}

func (n *node) addConfigMap(files map[string][]byte, namespace, name string, items []corev1.KeyToPath, optional *bool) error {
	configMap, err := n.client.CoreV1().ConfigMaps(namespace).Get(n.ctx, name, metav1.GetOptions{ResourceVersion: "0"})
	if apierrors.IsNotFound(err) && optional != nil && *optional {
		return nil
	}
	if err != nil {
		return err
	}
	data := map[string][]byte{}
	for k, v := range configMap.Data {
		data[k] = []byte(v)
	}
	for k, v := range configMap.BinaryData {
		data[k] = v
	}
	add(files, data, items)
	return nil
}

func add(files, data map[string][]byte, items []corev1.KeyToPath) {
	if len(items) == 0 {
		for k, v := range data {
			files[k] = v
		}
	}
	for _, item := range items {
		if v, ok := data[item.Key]; ok {
			files[item.Path] = v
		}
	}
}

func (n *node) addToken(files map[string][]byte, pod *corev1.Pod, source *corev1.ServiceAccountTokenProjection) error {
	seconds := int64(24 * 3600)
	request := &authv1.TokenRequest{Spec: authv1.TokenRequestSpec{
		ExpirationSeconds: &seconds,
		BoundObjectRef:    &authv1.BoundObjectReference{Kind: "Pod", APIVersion: "v1", Name: pod.Name, UID: pod.UID},
	}}
	if source.Audience != "" {
		request.Spec.Audiences = []string{source.Audience}
	}
	token, err := n.client.CoreV1().ServiceAccounts(pod.Namespace).CreateToken(n.ctx, pod.Spec.ServiceAccountName, request, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	files[source.Path] = []byte(token.Status.Token)
	return nil
}
