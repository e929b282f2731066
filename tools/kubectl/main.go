// Command kubectl is the real kubectl, built from its published Go modules.
//
// A machine that has Go but no kubectl builds it once:
//
//	cd tools/kubectl && go build -trimpath -o ../../.tools/kubectl .
//
// qpf uses `kubectl kustomize` only, which needs no cluster. The versions are pinned in
// go.mod and go.sum; nothing here adds to or changes what kubectl does.
package main

import (
	"k8s.io/component-base/cli"
	"k8s.io/kubectl/pkg/cmd"
	"k8s.io/kubectl/pkg/cmd/util"

	// Sign-in to clusters of the large providers, as in the published kubectl.
	_ "k8s.io/client-go/plugin/pkg/client/auth"
)

func main() {
	if err := cli.RunNoErrOutput(cmd.NewDefaultKubectlCommand()); err != nil {
		// Prints the error the way kubectl does and exits with its code.
		util.CheckErr(err)
	}
}
