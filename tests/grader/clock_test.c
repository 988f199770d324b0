/* clock_test.c - points in time as text. */
#include "sample.h" /* first: see there */

#include "../../grader/clock.h"

#define expect_time(text, seconds) cr_expect(eq(i64, clock_read(text), seconds), "%s", text)

Test(clock, is_read_with_its_zone)
{
	expect_time("2026-10-01 23:59 +0200", 1790891940);
	expect_time("2026-10-01T21:59Z", 1790891940);
	expect_time("2026-10-01 21:59:00 UTC", 1790891940);
	expect_time("2026-10-01T21:59:30.987654321Z", 1790891970);
	expect_time("2026-10-01 15:29:30.5 -06:30", 1790891970);
	expect_time("2024-02-29 00:00 +0000", 1709164800);
	expect_time("9998-12-31 23:59 +0000", 253370764740);
}

Test(clock, that_is_none_is_refused)
{
	static const char *const none[] = {"",
	                                   "2026-10-01",
	                                   "2026-10-01 23:59",
	                                   "2026-10-01 23:59 CET",
	                                   "2026-02-30 12:00 +0000",
	                                   "2026-02-29 12:00 +0000",
	                                   "2026-13-01 12:00 +0000",
	                                   "2026-10-01 24:00 +0000",
	                                   "2026-10-01 23:60 +0000",
	                                   "2026-10-01 23:59 +9900",
	                                   "2026-10-01 23:59 +0200 x",
	                                   "1970-01-01 00:00 +0000",
	                                   "26-10-01 23:59 +0200",
	                                   "2026-10-01 -1:59 +0200"};
	for (size_t i = 0; i < sizeof none / sizeof *none; i++)
		expect_time(none[i], -1);
}

Test(clock, without_a_zone_is_that_of_the_place)
{
	static const char *const same[] = {
	    "2026-10-01 23:59",       "2026-10-01 21:59 UTC",      "Thursday, 1 October 2026, 11:59 PM",
	    "Thu, 1 Oct 2026, 23:59", "October 1, 2026, 11:59 pm", "1 October 2026, 23:59"};
	for (size_t i = 0; i < sizeof same / sizeof *same; i++)
		cr_expect(eq(i64, clock_read_in(same[i], 7200), 1790891940), "%s", same[i]);
	cr_expect(eq(i64, clock_read_in("1 October 2026, 12:30 AM", 0), 1790814600));
	static const char *const abroad[] = {"Donnerstag, 1. Oktober 2026, 23:59", "Do, 1. Okt. 2026, 23:59",
	                                     "jeudi 1 octobre 2026, 23:59", "1er octobre 2026, 23:59",
	                                     "jueves, 1 de octubre de 2026, 23:59"};
	for (size_t i = 0; i < sizeof abroad / sizeof *abroad; i++)
		cr_expect(eq(i64, clock_read_in(abroad[i], 7200), 1790891940), "%s", abroad[i]);
	cr_expect(eq(i64, clock_read_in("mardi 3 février 2026, 08:05", 0), 1770105900));
	cr_expect(eq(i64, clock_read_in("Montag, 2. März 2026, 08:05", 0), 1772438700));
	cr_expect(eq(i64, clock_read_in("sábado, 1 de agosto de 2026, 08:05", 0), 1785571500));
	cr_expect(eq(i64, clock_read_in("samedi 1 août 2026, 08:05", 0), 1785571500));
	cr_expect(eq(int, clock_zone("2026-10-01 23:59 -0630"), -23400));
	static const char *const none[] = {"-",
	                                   "",
	                                   "yesterday",
	                                   "31 February 2026, 10:00",
	                                   "1 October 2026",
	                                   "1 October 2026, 13:00 PM",
	                                   "1 jui 2026, 10:00" /* June or July */,
	                                   "torsdag 1 oktober, 10:00",
	                                   "czwartek, 1 października 2026, 10:00"};
	for (size_t i = 0; i < sizeof none / sizeof *none; i++)
		cr_expect(eq(i64, clock_read_in(none[i], 0), -1), "%s", none[i]);
}
