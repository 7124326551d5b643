// Package anchor pauses the video recording of an Anchor Browser session before a secret is typed, and knows that it
// paused.
package anchor
