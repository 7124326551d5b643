package anchor_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"

	anchor "github.com/libanchor/libanchor/bindings/go"
)

// The module carries a copy of the header, because a module holds only its own folder.
func TestHeaderIsTheLibrarys(t *testing.T) {
	original, err := os.ReadFile("../../include/anchor.h")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the module stands alone: there is no header to compare with")
	}
	copied, copyErr := os.ReadFile("anchor.h")
	if err != nil || copyErr != nil {
		t.Fatal(err, copyErr)
	}
	if !bytes.Equal(original, copied) {
		t.Error("anchor.h differs from include/anchor.h: cp include/anchor.h bindings/go/anchor.h")
	}
}

func TestLoadedVersionIsTheHeaders(t *testing.T) {
	header, err := os.ReadFile("anchor.h")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(header), `#define ANCHOR_VERSION "`+anchor.Version()+`"`) {
		t.Errorf("anchor.h is not of version %s, which is loaded", anchor.Version())
	}
}
