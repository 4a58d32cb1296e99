// SPDX-License-Identifier: GPL-2.0
/*
 * Identity and policy of the board, from the device tree: as hard to change as
 * the kernel that came with it.
 */

#include <linux/delay.h>
#include <linux/gpio/consumer.h>
#include <linux/of.h>
#include <linux/pinctrl/pinconf-generic.h>

#include "kota_private.h"

/* A line settles in the one, and no button bounces for all of the other. */
#define PRESENCE_SETTLE_MS 100
#define PRESENCE_SAMPLES 10
#define PRESENCE_PAUSE_MS 10

static const char *const levels[] = { "basic", "upgraded", "enhanced",
				      "quantum" };

static int read_level(struct kota_board *board, struct device *dev)
{
	const char *level;
	int found;

	if (of_property_read_string(dev->of_node, "kota,level", &level))
		return dev_err_probe(dev, -EINVAL, "no kota,level\n");
	found = match_string(levels, ARRAY_SIZE(levels), level);
	if (found < 0)
		return dev_err_probe(dev, -EINVAL, "kota,level \"%s\"\n",
				     level);
	board->level = found;
	return 0;
}

/* How many signers a deliverable needs; 1 unless it says otherwise. */
static int read_quorum(struct kota_board *board, struct device *dev)
{
	u32 quorum = 1;
	int err;

	err = of_property_read_u32(dev->of_node, "kota,quorum", &quorum);
	if ((err && err != -EINVAL) || quorum < 1 || quorum > 2)
		return dev_err_probe(dev, -EINVAL,
				     "kota,quorum is neither 1 nor 2\n");
	board->quorum = quorum;
	return 0;
}

static int read_uuid(struct device *dev, const char *name,
		     u8 uuid[KOTA_UUID_LEN])
{
	if (of_property_count_u8_elems(dev->of_node, name) != KOTA_UUID_LEN)
		return dev_err_probe(dev, -EINVAL, "no %s of 16 bytes\n", name);
	return of_property_read_u8_array(dev->of_node, name, uuid,
					 KOTA_UUID_LEN);
}

/* Set by the boot script; without it no slot is written. */
static void read_booted_slot(struct kota_board *board)
{
	struct device_node *chosen = of_find_node_by_path("/chosen");
	const char *slot;

	if (chosen &&
	    !of_property_read_string(chosen, "kota,booted-slot", &slot) &&
	    (!strcmp(slot, "a") || !strcmp(slot, "b")))
		strscpy(board->booted_slot, slot);
	of_node_put(chosen);
}

/**
 * kota_board_read() - read the board's identity and policy
 * @board: zeroed
 * @dev: of the device-tree node
 *
 * Return: 0, or -EINVAL when a property is missing or wrong.
 */
int kota_board_read(struct kota_board *board, struct device *dev)
{
	int err;

	err = read_level(board, dev);
	if (err)
		return err;
	err = read_quorum(board, dev);
	if (err)
		return err;
	err = read_uuid(dev, "kota,vendor-id", board->vendor_id);
	if (err)
		return err;
	err = read_uuid(dev, "kota,class-id", board->class_id);
	if (err)
		return err;
	read_booted_slot(board);
	if (!*board->booted_slot)
		dev_warn(
			dev,
			"no kota,booted-slot in /chosen: slots will not be written\n");
	return 0;
}

/**
 * kota_board_booted() - which slot runs
 * @board: the board
 *
 * Return: its index, or -1 when it is not known.
 */
int kota_board_booted(const struct kota_board *board)
{
	return *board->booted_slot ? board->booted_slot[0] - 'a' : -1;
}

/**
 * kota_board_has_presence() - could somebody at the device show that he is there?
 * @dev: of the device-tree node
 *
 * Return: whether the board names a line for it, of whatever use that is.
 */
bool kota_board_has_presence(struct device *dev)
{
	return of_property_present(dev->of_node, "presence-gpios");
}

/*
 * The line is anybody's between two questions. Who had it before may have left a pull
 * of his own on it, which stays when he closes it. So it is pulled to where it is when
 * nobody is there; a button or a jumper is stronger. Where the controller has no pulls,
 * nobody could leave one.
 */
static int pull_back(struct gpio_desc *line)
{
	enum pin_config_param pull = gpiod_is_active_low(line) ?
					     PIN_CONFIG_BIAS_PULL_UP :
					     PIN_CONFIG_BIAS_PULL_DOWN;
	int err = gpiod_set_config(line, pinconf_to_config_packed(pull, 1));

	return err == -ENOTSUPP ? 0 : err;
}

/* Not what a capacitor still holds, nor a moment. */
static bool is_held(struct gpio_desc *line)
{
	unsigned int i;

	msleep(PRESENCE_SETTLE_MS);
	for (i = 0; i < PRESENCE_SAMPLES; i++) {
		msleep(PRESENCE_PAUSE_MS);
		if (gpiod_get_value_cansleep(line) <= 0)
			return false;
	}
	return true;
}

static int judge_line(struct gpio_desc *line, struct kota_refusal *why)
{
	int err = pull_back(line);

	if (err)
		return kota_refuse(why, kota_cause_of(err, KOTA_CAUSE_PRESENCE),
				   "the pull of presence-gpios|%d", err);
	if (!is_held(line))
		return kota_refuse(why, KOTA_CAUSE_PRESENCE,
				   "somebody at the device|nobody");
	return 0;
}

/**
 * kota_board_check_presence() - is somebody at the device, now?
 * @dev: of the device-tree node
 * @why: cause of a refusal
 *
 * The line that "presence-gpios" names has to be active, against a pull to the other
 * side, for as long as it is looked at: some tenths of a second. It is given back then.
 *
 * Context: may sleep.
 * Return: 0, or the negative errno of the cause PRESENCE or MEMORY.
 */
int kota_board_check_presence(struct device *dev, struct kota_refusal *why)
{
	struct gpio_desc *line = gpiod_get_optional(dev, "presence", GPIOD_IN);
	int err;

	if (!line)
		return kota_refuse(why, KOTA_CAUSE_PRESENCE,
				   "presence-gpios in the device tree|none");
	if (IS_ERR(line))
		return kota_refuse(
			why, kota_cause_of(PTR_ERR(line), KOTA_CAUSE_PRESENCE),
			"the line of presence-gpios|%ld", PTR_ERR(line));
	err = judge_line(line, why);
	gpiod_put(line);
	return err;
}
