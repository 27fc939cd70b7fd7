// SPDX-License-Identifier: BSL-1.0
#pragma once
// What lets SQL look inside bytes that a codec of core/bytes.hpp wrote.

#include <string_view>

namespace tollgate::postgres::detail {

/// A store knows kind and bytes and no domain. A view of a domain gives the shape of its bytes, one
/// letter for each field: n a number, t a text, u an id, f a flag, and in brackets what follows a
/// flag only where that is set, so 'nt(ut)' is a number, a text and perhaps an id with a text. The
/// answer has an element for every letter. Bytes that are not exactly of this shape answer NULL, as
/// `byte_reader` would refuse them; text that is not UTF-8 is escaped, for people.
inline constexpr std::string_view field_reader = R"sql(
CREATE FUNCTION {schema}.readable(bytes bytea) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  RETURN convert_from(bytes, 'UTF8');
EXCEPTION WHEN OTHERS THEN
  RETURN encode(bytes, 'escape');
END $$;

CREATE FUNCTION {schema}.fields(bytes bytea, shape text) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  raw bytea := bytes || ''::bytea;  -- out of its compressed form once, not for every byte
  size int := octet_length(raw);
  place int := 0;
  taken text[] := '{}';
  absent boolean := false;
  letter text;
  byte int;
  number numeric;
  unit numeric;
BEGIN
  FOREACH letter IN ARRAY string_to_array(shape, NULL) LOOP
    IF letter = ')' THEN
      absent := false;
    ELSIF absent THEN
      taken := array_append(taken, NULL::text);
    ELSIF letter = 'u' THEN
      IF place + 16 > size THEN RETURN NULL; END IF;
      taken := array_append(taken, encode(substring(raw FROM place + 1 FOR 16), 'hex')::uuid::text);
      place := place + 16;
    ELSIF letter IN ('f', '(') THEN
      IF place >= size THEN RETURN NULL; END IF;
      byte := get_byte(raw, place);
      place := place + 1;
      IF byte > 1 THEN RETURN NULL; END IF;
      IF letter = 'f' THEN
        taken := array_append(taken, byte::text);
      ELSE
        absent := byte = 0;
      END IF;
    ELSE
      number := 0;
      unit := 1;
      LOOP
        IF place >= size OR unit > 9223372036854775808 THEN RETURN NULL; END IF;
        byte := get_byte(raw, place);
        place := place + 1;
        number := number + (byte & 127) * unit;
        EXIT WHEN byte < 128;
        unit := unit * 128;
      END LOOP;
      IF (byte = 0 AND unit > 1) OR number > 18446744073709551615 THEN RETURN NULL; END IF;
      IF letter = 'n' THEN
        taken := array_append(taken, number::text);
      ELSE
        IF number > size - place THEN RETURN NULL; END IF;
        taken := array_append(taken,
          {schema}.readable(substring(raw FROM place + 1 FOR number::int)));
        place := place + number::int;
      END IF;
    END IF;
  END LOOP;
  IF place <> size THEN RETURN NULL; END IF;
  RETURN taken;
END $$;
)sql";

/// They catch exceptions, which a parallel worker must not.
inline constexpr std::string_view field_reader_alone = R"sql(
ALTER FUNCTION {schema}.readable(bytea) PARALLEL UNSAFE;
ALTER FUNCTION {schema}.fields(bytea, text) PARALLEL UNSAFE;
)sql";

}  // namespace tollgate::postgres::detail
