package capi

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"
)

// The module has its own copy of the header, because its archive holds only its own folder.
func TestHeaderIsAnUnchangedCopy(t *testing.T) {
	original, err := os.ReadFile("../../../../include/anchor.h")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("outside of the repository there is no original to compare with")
	}
	copied, copyErr := os.ReadFile("anchor.h")
	if err != nil || copyErr != nil {
		t.Fatal(err, copyErr)
	}
	if !bytes.Equal(original, copied) {
		t.Error("anchor.h differs from include/anchor.h: run make header")
	}
}

func TestHeaderHasTheVersionOfTheLibrary(t *testing.T) {
	header, err := os.ReadFile("anchor.h")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(header), `#define ANCHOR_VERSION "`+Version()+`"`) {
		t.Errorf("anchor.h does not have version %s, that of the loaded library", Version())
	}
}
