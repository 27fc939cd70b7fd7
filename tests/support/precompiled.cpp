// SPDX-License-Identifier: BSL-1.0
// Carries the precompiled header that every test program shares.
