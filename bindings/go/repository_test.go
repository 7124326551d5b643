package anchor_test

import "os"

// Files of the repository that the tests use. They exist in a checkout, not in the archive of the
// module.
const (
	repository   = "../.."
	answersTable = repository + "/tests/wrappers/answers.tsv"
	pauseExample = repository + "/examples/pause.go"
)

var (
	sandboxProgram = fromEnvironment("ANCHOR_SANDBOX", repository+"/target/debug/sandbox")
	libraryFile    = fromEnvironment("ANCHOR_LIBRARY", repository+"/target/release/libanchor.so")
)

func fromEnvironment(variable, otherwise string) string {
	if value := os.Getenv(variable); value != "" {
		return value
	}
	return otherwise
}
