// unit_pch.h: what all unit tests include is read once for all of them: Catch2 alone costs two seconds. Used by meson.build; tests include
// what they need all the same.
#include "pch/standard.h"
#include "support/catch.h"
