package main

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// authority has a chain like a public server's: a root, an intermediate and a
// server's certificate, each with an RSA key of 2048 bits.
type authority struct {
	root   []byte // PEM
	server tls.Certificate
}

func newAuthority() (*authority, error) {
	var (
		signer    *x509.Certificate
		signerKey *rsa.PrivateKey
		made      [][]byte
	)
	for i, name := range []string{"root", "intermediate", "server"} {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			return nil, fmt.Errorf("making the %s's key: %w", name, err)
		}
		server := name == "server"
		certificate := &x509.Certificate{
			SerialNumber:          big.NewInt(int64(i + 1)),
			Subject:               pkix.Name{CommonName: "users-organizations benchmark " + name},
			NotBefore:             time.Now().Add(-time.Hour),
			NotAfter:              time.Now().Add(24 * time.Hour),
			IsCA:                  !server,
			BasicConstraintsValid: true,
			KeyUsage:              x509.KeyUsageCertSign,
		}
		if server {
			certificate.KeyUsage = x509.KeyUsageDigitalSignature
			certificate.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
			certificate.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}
		}
		if signer == nil {
			signer, signerKey = certificate, key
		}
		der, err := x509.CreateCertificate(rand.Reader, certificate, signer, key.Public(), signerKey)
		if err != nil {
			return nil, fmt.Errorf("signing the %s's certificate: %w", name, err)
		}
		made = append(made, der)
		if signer, err = x509.ParseCertificate(der); err != nil {
			return nil, fmt.Errorf("reading the %s's certificate: %w", name, err)
		}
		signerKey = key
	}
	return &authority{
		root:   pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: made[0]}),
		server: tls.Certificate{Certificate: [][]byte{made[2], made[1]}, PrivateKey: signerKey},
	}, nil
}

// bundle is the file in which Go first looks for all roots, and certificates the
// folder that it always reads.
const (
	certificates = "/etc/ssl/certs"
	bundle       = certificates + "/ca-certificates.crt"
)

// layRoots fills dir like /etc/ssl/certs on provided.al2023: with all roots in one
// file, and each in a file of its own. They are the machine's roots and ours. It
// gives their number.
func (a *authority) layRoots(dir string) (int, error) {
	all, err := os.ReadFile(bundle)
	if err != nil && !os.IsNotExist(err) {
		return 0, fmt.Errorf("reading the machine's roots: %w", err)
	}
	all = append(append(bytes.TrimSpace(all), '\n'), a.root...)
	if err := os.WriteFile(filepath.Join(dir, filepath.Base(bundle)), all, 0o600); err != nil { //nolint:gosec // A folder of ours.
		return 0, fmt.Errorf("writing the roots: %w", err)
	}
	n := 0
	for block, rest := pem.Decode(all); block != nil; block, rest = pem.Decode(rest) {
		n++
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%03d.pem", n)), pem.EncodeToMemory(block), 0o600); err != nil { //nolint:gosec // As above.
			return 0, fmt.Errorf("writing a root: %w", err)
		}
	}
	return n, nil
}
