package main

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"sync"

	"github.com/gorilla/websocket"
	"github.com/vishvananda/netns"
)

// forwardProtocol puts a byte for the channel before each message; channel 0
// carries data, channel 1 errors. The first message of each names the port.
const forwardProtocol = "v4.channel.k8s.io"

// serveForward answers /portForward/NAMESPACE/POD, the part of a kubelet's API
// that forwards one port, by WebSocket, to the pod's loopback address.
func (n *node) serveForward(mux *http.ServeMux) {
	upgrader := websocket.Upgrader{Subprotocols: []string{forwardProtocol}}
	mux.HandleFunc("GET /portForward/{namespace}/{pod}", func(w http.ResponseWriter, req *http.Request) {
		port, err := strconv.ParseUint(req.FormValue("port"), 10, 16)
		network := n.networkOf(req.PathValue("namespace"), req.PathValue("pod"))
		if err != nil || network == nil {
			http.Error(w, "no such pod or port", http.StatusNotFound)
			return
		}
		client, err := upgrader.Upgrade(w, req, nil)
		if err != nil {
			return
		}
		defer client.Close()
		var lock sync.Mutex
		send := func(channel byte, content []byte) error {
			lock.Lock()
			defer lock.Unlock()
			return client.WriteMessage(websocket.BinaryMessage, append([]byte{channel}, content...))
		}
		for channel := range byte(2) {
			if send(channel, binary.LittleEndian.AppendUint16(nil, uint16(port))) != nil {
				return
			}
		}
		backend, err := network.dial(int(port))
		if err != nil {
			_ = send(1, []byte(err.Error()))
			return
		}
		defer backend.Close()
		go func() {
			defer client.Close()
			chunk := make([]byte, 32<<10)
			for {
				count, err := backend.Read(chunk)
				if count > 0 && send(0, chunk[:count]) != nil || err != nil {
					return
				}
			}
		}()
		for {
			_, message, err := client.ReadMessage()
			if err != nil || len(message) == 0 || message[0] != 0 {
				return
			}
			if _, err := io.Copy(backend, bytes.NewReader(message[1:])); err != nil {
				return
			}
		}
	})
}

func (n *node) networkOf(namespace, name string) *podNetwork {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, r := range n.pods {
		if r.pod.Namespace == namespace && r.pod.Name == name {
			return r.network
		}
	}
	return nil
}

// dial connects to a port of the pod's loopback address.
func (p *podNetwork) dial(port int) (net.Conn, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	home, err := netns.Get()
	if err != nil {
		return nil, err
	}
	defer home.Close()
	if err := netns.Set(p.ns); err != nil {
		return nil, err
	}
	defer func() {
		if netns.Set(home) != nil {
			os.Exit(1)
		}
	}()
	// An address alone: no other goroutine, and so no other thread, dials it.
	return net.DialTCP("tcp4", nil, &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
}
