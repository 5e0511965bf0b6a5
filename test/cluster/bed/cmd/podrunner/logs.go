package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// logsPort is where the API server asks a node for its containers' logs.
const logsPort = 10250

// stampWriter puts the time before each line, as container runtimes do.
type stampWriter struct {
	mu   sync.Mutex
	file *os.File
	rest []byte
}

func (w *stampWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.rest = append(w.rest, p...)
	var out bytes.Buffer
	for {
		line, rest, ok := bytes.Cut(w.rest, []byte{'\n'})
		if !ok {
			break
		}
		out.WriteString(time.Now().UTC().Format(time.RFC3339Nano))
		out.WriteByte(' ')
		out.Write(line)
		out.WriteByte('\n')
		w.rest = rest
	}
	_, err := w.file.Write(out.Bytes())
	return len(p), err
}

// serveLogs answers /containerLogs/NAMESPACE/POD/CONTAINER, the part of a
// kubelet's API that `kubectl logs` uses.
func serveLogs(ctx context.Context, cfg config, n *node) error {
	cert, err := selfSigned()
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /containerLogs/{namespace}/{pod}/{container}", func(w http.ResponseWriter, req *http.Request) {
		path := cfg.logPath(req.PathValue("namespace"), req.PathValue("pod"), req.PathValue("container"))
		var since time.Time
		if s := req.FormValue("sinceTime"); s != "" {
			since, _ = time.Parse(time.RFC3339, s)
		}
		file, err := os.Open(path)
		if err != nil {
			http.Error(w, err.Error(), http.StatusNotFound)
			return
		}
		defer file.Close()
		scanner := bufio.NewScanner(file)
		scanner.Buffer(nil, 4<<20)
		for scanner.Scan() {
			stamp, line, _ := strings.Cut(scanner.Text(), " ")
			if at, err := time.Parse(time.RFC3339Nano, stamp); err == nil && at.Before(since) {
				continue
			}
			if req.FormValue("timestamps") == "true" {
				line = stamp + " " + line
			}
			_, _ = w.Write([]byte(line + "\n"))
		}
	})
	n.serveForward(mux)
	server := &http.Server{Addr: cfg.NodeIP + ":10250", Handler: mux, TLSConfig: &tls.Config{Certificates: []tls.Certificate{cert}}}
	go func() { _ = server.ListenAndServeTLS("", "") }()
	context.AfterFunc(ctx, func() { _ = server.Close() })
	return nil
}

func (c config) logPath(namespace, pod, container string) string {
	return filepath.Join(c.LogDir, filepath.Base(namespace+"_"+pod+"_"+container+".log"))
}

func selfSigned() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().AddDate(1, 0, 0), DNSNames: []string{"bed"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
}
