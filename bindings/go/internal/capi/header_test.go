package capi

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"
)

// The module carries a copy of the header, because a module holds only its own folder.
func TestHeaderIsTheLibrarys(t *testing.T) {
	original, err := os.ReadFile("../../../../include/anchor.h")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the module stands alone: there is no header to compare with")
	}
	copied, copyErr := os.ReadFile("anchor.h")
	if err != nil || copyErr != nil {
		t.Fatal(err, copyErr)
	}
	if !bytes.Equal(original, copied) {
		t.Error("anchor.h differs from include/anchor.h: run make header")
	}
}

func TestLoadedVersionIsTheHeaders(t *testing.T) {
	header, err := os.ReadFile("anchor.h")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(header), `#define ANCHOR_VERSION "`+Version()+`"`) {
		t.Errorf("anchor.h is not of version %s, which is loaded", Version())
	}
}
